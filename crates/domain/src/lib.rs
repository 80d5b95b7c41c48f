//! The nouns of passkeyd, their errors, and the ports that the outer crates implement.
