"""The model server: Open Inference Protocol v2 over REST, on onnxruntime.

Models come from an object store and are kept in the data folder; README.md beside this file says
what holds.
"""
