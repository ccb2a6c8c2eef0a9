"""The local runtime: PostgreSQL and Valkey from wheels, and everything `hub up` keeps running on one machine."""
