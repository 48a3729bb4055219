"""Where completions come from: transformers in this process, or a vLLM server."""
