"""The five steps as the store runs them: what each reads, calls and writes."""
