//! Pieces of pages, one file each.

pub mod account;
pub mod buttons;
pub mod collection;
pub mod composer;
pub mod deeds;
pub mod filtered;
pub mod form;
pub mod gallery;
pub mod icons;
pub mod pager;
pub mod passkey;
pub mod qr;
pub mod reactions;
pub mod reading;
pub mod rules;
pub mod sign_ins;
pub mod sign_up;
pub mod staff;
pub mod status;
pub mod tabs;
pub mod time;
pub mod who;
