"""What each verb does: one class for the verbs of one subject."""
