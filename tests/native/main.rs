mod app;
mod federation;
mod signatures;
