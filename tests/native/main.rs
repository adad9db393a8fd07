mod app;
mod architecture;
mod daily_life;
mod federation;
mod schema;
mod signatures;
