//! The use cases of passkeyd: registration, sign-in and what surrounds them. Knows no HTTP and no SQL.
