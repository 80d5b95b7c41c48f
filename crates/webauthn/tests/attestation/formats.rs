//! Each statement format: valid with every algorithm that it can have, then broken field by field.

mod android_key;
mod apple;
mod apple_appattest;
mod compound;
mod fido_u2f;
mod packed;
mod safetynet;
mod tpm;
