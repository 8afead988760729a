"""The process: server, sockets, worker processes, the index that is reloaded, memory."""
