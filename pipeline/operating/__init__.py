"""What keeps a collection running and lawful: schedules, failed checks, word to a person, rights."""
