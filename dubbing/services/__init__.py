"""What people may ask for. Nothing here enqueues: whoever calls a service rings the bell afterwards."""
