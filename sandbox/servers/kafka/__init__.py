"""The stream: a server that speaks Kafka's protocol, one process, one broker, no JVM."""
