//! Sori: a fediverse server that lives entirely on Cloudflare Workers. The doors, and nothing else.

pub mod activitypub;
pub mod api;
pub mod app;
pub mod config;
pub mod error;
pub mod http;
pub mod jobs;
pub mod model;
pub mod oauth;
pub mod platform;
pub mod routes;
pub mod services;
pub mod store;
pub mod text;
pub mod web;
