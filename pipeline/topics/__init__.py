"""Topics: passages' vectors -> graph -> communities -> names, as a BERTopic model that is kept in models/."""
