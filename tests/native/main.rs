mod api;
mod architecture;
mod costs;
mod federation;
mod media;
mod oauth;
mod oauth_clients;
mod security;
mod sign_up;
mod simulation;
mod spam;
mod staff;
mod store;
mod streaming;
mod support;
mod web;

use support::{app, authenticator, browser, push, remote, scene};
