//! Wire documents: reading (`vocab`), writing (`render`), audience, signatures.

pub mod audience;
pub mod render;
pub mod sign;
pub mod signature;
pub mod sync;
pub mod vocab;
