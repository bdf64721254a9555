"""How it is asked for: one file a command, and the frame around them. Only this layer knows terminals."""
