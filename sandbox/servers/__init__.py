"""The embedded servers, a room each; no room knows another."""
