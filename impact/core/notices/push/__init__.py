"""Messages on people's own devices (web push): off until the platform has a key and a person switches it on there."""
