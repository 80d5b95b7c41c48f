//! The HTTP surfaces of passkeyd on actix-web.
