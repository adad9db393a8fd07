//! Documents as they travel: reading them (`vocab`), writing them (`render`), whom they are for, signatures.

pub mod audience;
pub mod render;
pub mod sign;
pub mod signature;
pub mod sync;
pub mod vocab;
