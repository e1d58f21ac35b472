"""What the end-to-end scenarios stand on: the emulator, the deployment, exports and readers."""
