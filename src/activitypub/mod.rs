//! Door 2: federation.

pub mod signature;
