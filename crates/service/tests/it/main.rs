//! The use cases over a store in memory, a clock that stands still until it is moved, and randomness from a seed.

mod keys;
mod registration;
mod sign_in;
mod tokens;
mod world;
