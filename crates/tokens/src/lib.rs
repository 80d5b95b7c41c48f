//! Sealed tokens, the key ring, JSON Web Tokens, refresh tokens and one-time codes.
