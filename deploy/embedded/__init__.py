"""Everything on one machine, from packages: real PostgreSQL, real Kafka, a mailbox, the services, and one front door."""
