//! A strict WebAuthn relying party: options, verification of registrations and assertions, attestation and trust.
