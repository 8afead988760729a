"""Documents in: read -> sections -> passages -> vectors -> a finished bundle. May import index, never service."""
