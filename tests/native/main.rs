mod app;
mod architecture;
mod cost;
mod daily_life;
mod federation;
mod remote;
mod schema;
mod signatures;
