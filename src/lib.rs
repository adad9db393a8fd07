//! Sori: a fediverse server on Cloudflare Workers. Entry points of the Worker, and nothing else.

pub mod activitypub;
pub mod api;
pub mod app;
pub mod cards;
pub mod config;
pub mod doctor;
pub mod error;
pub mod http;
pub mod jobs;
pub mod media;
pub mod model;
pub mod oauth;
pub mod platform;
pub mod providers;
pub mod routes;
pub mod services;
pub mod store;
pub mod streaming;
pub mod text;
pub mod web;
pub mod webpush;

#[cfg(target_arch = "wasm32")]
mod entries {
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;

    use worker::{
        Context, Env, MessageBatch, Request, Response, Result, ScheduleContext, ScheduledEvent, event,
    };

    use crate::app::{App, Shared};
    use crate::config::Config;
    use crate::http::request::MAX_BODY;
    use crate::model::ledger::{Measure, Source, Usage};
    use crate::model::site::Site;
    use crate::model::time::{MINUTE, Time};
    use crate::platform::live::MAX_MESSAGE;
    use crate::platform::sql::Meter;
    use crate::platform::{
        Blobs, Clock, Crypto, Db, Heavy as HeavyWork, Http, Images, Limiter, Live as Streams, Mail, Pages,
        Queue, Random, log, workers,
    };
    use crate::{error, http, jobs, media, routes, services, streaming};

    thread_local! {
        static SHARED: Rc<Shared> = Rc::default();
        static CONFIG: RefCell<Option<Rc<Config>>> = const { RefCell::new(None) };
    }

    fn config(env: &Env) -> error::Result<Rc<Config>> {
        if let Some(config) = CONFIG.with_borrow(Clone::clone) {
            return Ok(config);
        }
        let mut config = Config::from_vars(|name| env.var(name).ok().map(|v| v.to_string()))?;
        if config.media_origin.is_some() && env.bucket("MEDIA").is_err() {
            log(
                "MEDIA_ORIGIN is ignored: files lie in KV, which has no public address, until a bucket is bound as MEDIA",
            );
            config.media_origin = None;
        }
        let config = Rc::new(config);
        CONFIG.with_borrow_mut(|kept| *kept = Some(config.clone()));
        Ok(config)
    }

    fn app(env: &Env) -> error::Result<App> {
        let meter = Meter::default();
        let shared = SHARED.with(Rc::clone);
        let site = shared.site(Clock.now()).unwrap_or_else(|| Rc::new(Site::default()));
        Ok(App {
            db: Db::new(env, meter.clone())?,
            queue: Queue::new(env, meter.clone())?,
            http: Http::new(meter.clone()),
            blobs: Blobs::new(env, meter.clone()),
            images: Images::new(env),
            heavy: HeavyWork::new(env, meter.clone()),
            live: Streams::new(env, meter.clone()),
            mail: Mail::new(env),
            limiter: Limiter::new(env),
            pages: Pages::default(),
            crypto: Crypto::new(env.clone()),
            clock: Clock,
            random: Random,
            meter,
            counted: Cell::default(),
            config: config(env)?,
            shared,
            site: RefCell::new(site),
            hints: RefCell::default(),
            reserved: Cell::default(),
            cause: RefCell::default(),
            person: Cell::default(),
            standing: Cell::default(),
            incoming: RefCell::default(),
            passed: RefCell::default(),
        })
    }

    /// How long an isolate goes on counting before it stores that, in milliseconds: what ends with its isolate is lost,
    /// and after a response there are thirty seconds.
    const COUNTED_FOR: u64 = 15_000;

    /// Stores what this isolate has counted of the day's quotas, after the response and at most once a minute.
    fn keep_ledger(env: &Env, context: &Context) {
        if !SHARED.with(|shared| shared.ledger.borrow_mut().begin(Clock.now())) {
            return;
        }
        let env = env.clone();
        context.wait_until(async move {
            worker::Delay::from(std::time::Duration::from_millis(COUNTED_FOR)).await;
            write_ledger(&env).await;
        });
    }

    async fn write_ledger(env: &Env) {
        let written = match app(env) {
            Ok(app) => {
                let written = services::ledger::write(&app).await;
                app.account_for(Source::Cron, 0);
                written
            }
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            log(&format!("ledger: {error}"));
        }
    }

    /// As [`keep_ledger`], at the end of an event that nobody waits for.
    async fn keep_ledger_now(env: &Env) {
        if SHARED.with(|shared| shared.ledger.borrow_mut().begin(Clock.now())) {
            write_ledger(env).await;
        }
    }

    /// The answer to a request, with its cost in development, and what the request is counted as.
    async fn answer(app: &App, request: &workers::JsRequest) -> Result<(Source, http::response::Response)> {
        let (incoming, body) = workers::request(request).await?;
        let accept = incoming.header("accept").unwrap_or("");
        let source = Source::of_request(&incoming.method, &incoming.path, accept);
        app.incoming.replace(body);
        let mut response = routes::handle(app, &incoming).await;
        if app.config.is_development {
            let cost = app.cost();
            response = response.with(
                "X-Sori-Cost",
                format!(
                    "trips={} read={} written={} queue={}",
                    cost.trips, cost.rows_read, cost.rows_written, cost.queue_operations
                ),
            );
        }
        Ok((source, response))
    }

    /// What is said of a request that no handler sees.
    fn refused(error: &error::Error) -> Result<workers::JsResponse> {
        log(&error.to_string());
        Response::error(error.public_message(), error.status()).map(Into::into)
    }

    #[event(fetch)]
    async fn fetch(request: workers::JsRequest, env: Env, context: Context) -> Result<workers::JsResponse> {
        // Files are served from the cache of the data centre where they are in it.
        if let Some(response) = workers::cached(&request).await {
            let mut used = Usage::default();
            used.add(Measure::Requests, 1);
            SHARED.with(|shared| shared.ledger.borrow_mut().add(Source::Files, &used, Clock.now()));
            keep_ledger(&env, &context);
            return Ok(response);
        }
        let app = match app(&env) {
            Ok(app) => app,
            Err(error) => {
                log(&error.to_string());
                // Names of variables and what is wrong with them; never the value of a secret.
                let why = match &error {
                    error::Error::Internal(why) => why.clone(),
                    error => error.public_message(),
                };
                let text = format!("This server is not configured yet: {why}");
                return Response::error(text, 500).map(Into::into);
            }
        };
        let mut request = request;
        if request.method() == "POST" && routes::is_long(&workers::path(&request)) {
            let body = match workers::whole_body(&request, MAX_BODY).await {
                Ok(Some(body)) => body,
                Ok(None) => return refused(&error::Error::TooLarge),
                Err(error) => return refused(&error),
            };
            app.meter.add(|c| c.object_requests += 1);
            match workers::pass_on(&env, &request, &body).await {
                Ok(Some(answer)) => {
                    // What kind of request it was is counted by the object with the rest.
                    app.account_for(Source::Pages, 1);
                    keep_ledger(&env, &context);
                    return Ok(answer);
                }
                // Then it is answered here, as far as its time goes.
                Ok(None) => {}
                Err(error) => log(&error.to_string()),
            }
            request = match workers::with_body(&request, &body) {
                Ok(request) => request,
                Err(error) => return refused(&error),
            };
        }
        let (source, response) = answer(&app, &request).await?;
        let sent = match (&response.file, &response.stream) {
            (Some(key), _) => workers::file(&app.blobs, &request, &response, key, &context).await?,
            (None, Some(opening)) => {
                app.meter.add(|c| c.object_requests += 1);
                let opened = workers::open_stream(&env, &response, opening).await?;
                // What was refused is no subscription.
                if matches!(opened.status(), 101 | 200) && !opening.session.streams.is_empty() {
                    streaming::subscribe::began(&app).await;
                }
                opened
            }
            (None, None) => match (app.passed.take(), &response.parts) {
                (Some(passed), _) => workers::pass(&request, &response, &passed, &context)?,
                (None, Some(parts)) => workers::parts(&env, &app.meter, &request, &response, parts)?,
                (None, None) => workers::response(&response)?,
            },
        };
        app.account_for(source, 1);
        if app.has_work() || app.pages.has_pending() {
            context.wait_until(async move {
                app.pages.store().await;
                jobs::run::after_response(&app).await;
                app.account_for(source, 0);
            });
        }
        keep_ledger(&env, &context);
        Ok(sent)
    }

    #[event(queue)]
    async fn queue(batch: MessageBatch<String>, env: Env, _: Context) -> Result<()> {
        // Always acknowledged: what fails is a row, and a retry of the message would cost three operations.
        batch.ack_all();
        let bodies: Vec<String> = batch.messages()?.into_iter().map(|m| m.body().clone()).collect();
        match app(&env) {
            Ok(app) => match services::install::ready(&app).await {
                Ok(()) => {
                    app.shared.ledger.borrow_mut().ran.queue_at = Some(app.now());
                    jobs::run::consume(&app, &bodies).await;
                    app.account_for(Source::Queue, 0);
                    keep_ledger_now(&env).await;
                }
                Err(error) => log(&format!("queue: {error}")),
            },
            Err(error) => log(&error.to_string()),
        }
        Ok(())
    }

    #[event(scheduled)]
    async fn scheduled(event: ScheduledEvent, env: Env, _: ScheduleContext) {
        match app(&env) {
            Ok(app) => match services::install::ready(&app).await {
                Ok(()) => {
                    app.shared.ledger.borrow_mut().ran.cron_at = Some(app.now());
                    jobs::cron::tick_of(&app, Time(event.schedule() as i64)).await;
                    app.account_for(Source::Cron, 0);
                    keep_ledger_now(&env).await;
                }
                Err(error) => log(&format!("cron: {error}")),
            },
            Err(error) => log(&error.to_string()),
        }
    }

    /// Work that needs more CPU time than a request has: RSA keys, password hashes, uploaded files, requests of routes
    /// that are long; and bodies of more stored files than one invocation may open.
    #[worker::durable_object]
    pub struct Heavy {
        state: worker::State,
        env: Env,
    }

    impl Heavy {
        /// Answers a request of a client as the Worker would.
        async fn answer(&self, request: &Request) -> Result<Response> {
            let app = match app(&self.env) {
                Ok(app) => app,
                Err(error) => {
                    log(&error.to_string());
                    return Response::error("This server is not configured yet", 500);
                }
            };
            let (source, mut response) = answer(&app, request.inner()).await?;
            if app.config.is_development {
                response = response.with("X-Sori-Answered-By", "HEAVY");
            }
            app.account_for(source, 0);
            let env = self.env.clone();
            self.state.wait_until(async move {
                jobs::run::after_response(&app).await;
                app.account_for(source, 0);
                keep_ledger_now(&env).await;
            });
            workers::response(&response).map(Into::into)
        }
    }

    impl worker::DurableObject for Heavy {
        fn new(state: worker::State, env: Env) -> Self {
            Self { state, env }
        }

        async fn fetch(&self, request: Request) -> Result<Response> {
            if workers::is_whole(&request)? {
                return self.answer(&request).await;
            }
            // What this opens is counted by who asks.
            if workers::wants_parts(&request) {
                return workers::some_parts(&self.env, &request).await;
            }
            let meter = Meter::default();
            let blobs = Blobs::new(&self.env, meter.clone());
            let images = Images::new(&self.env);
            let answer = match workers::upload_task(&request)? {
                Some((task, most)) => {
                    workers::upload(request, most, async |body| {
                        media::receive::run(&blobs, &images, &task, body).await
                    })
                    .await
                }
                None => workers::heavy(request).await,
            };
            // The object's isolate is another one than that of the request.
            if let Ok(app) = app(&self.env) {
                let app = App { meter, ..app };
                app.account_for(Source::Files, 0);
                let env = self.env.clone();
                self.state.wait_until(async move { keep_ledger_now(&env).await });
            }
            answer
        }

        async fn alarm(&self) -> Result<Response> {
            Response::empty()
        }

        async fn websocket_message(
            &self,
            _: worker::WebSocket,
            _: worker::WebSocketIncomingMessage,
        ) -> Result<()> {
            Ok(())
        }

        async fn websocket_close(&self, _: worker::WebSocket, _: usize, _: String, _: bool) -> Result<()> {
            Ok(())
        }

        async fn websocket_error(&self, _: worker::WebSocket, _: worker::Error) -> Result<()> {
            Ok(())
        }

        async fn connect(&self, _: worker::Socket) -> Result<()> {
            Ok(())
        }
    }

    /// The sockets of live streams.
    #[worker::durable_object]
    pub struct Live {
        room: workers::Room,
        env: Env,
    }

    impl worker::DurableObject for Live {
        fn new(state: worker::State, env: Env) -> Self {
            Self { room: workers::Room::new(state), env }
        }

        async fn fetch(&self, request: Request) -> Result<Response> {
            self.room.answer(request).await
        }

        async fn alarm(&self) -> Result<Response> {
            Response::empty()
        }

        async fn websocket_message(
            &self,
            socket: worker::WebSocket,
            message: worker::WebSocketIncomingMessage,
        ) -> Result<()> {
            let text = match message {
                worker::WebSocketIncomingMessage::String(text) if text.len() <= MAX_MESSAGE => text,
                worker::WebSocketIncomingMessage::String(_) => {
                    return socket.close(Some(1009), Some("The message is too long"));
                }
                worker::WebSocketIncomingMessage::Binary(_) => {
                    return socket.close(Some(1003), Some("Binary messages are not supported"));
                }
            };
            let Some(mut session) = workers::Room::session(&socket) else { return Ok(()) };
            let now = Clock.now();
            let is_allowed = session.count(now.0 / MINUTE) && self.room.count_message(session.account, now);
            self.room.keep(&socket, &session)?;
            if !is_allowed {
                return socket.close(Some(1008), Some("Too many messages"));
            }
            match app(&self.env) {
                Ok(app) => {
                    let outcome = streaming::subscribe::message(&app, &session, &text).await;
                    if self.room.apply(&socket, outcome, Clock.now())? {
                        streaming::subscribe::began(&app).await;
                    }
                    app.account_for(Source::Streams, 0);
                    keep_ledger_now(&self.env).await;
                    Ok(())
                }
                Err(error) => {
                    log(&error.to_string());
                    Ok(())
                }
            }
        }

        async fn websocket_close(
            &self,
            socket: worker::WebSocket,
            _: usize,
            _: String,
            _: bool,
        ) -> Result<()> {
            self.room.left(&socket);
            Ok(())
        }

        async fn websocket_error(&self, socket: worker::WebSocket, _: worker::Error) -> Result<()> {
            self.room.left(&socket);
            Ok(())
        }

        async fn connect(&self, _: worker::Socket) -> Result<()> {
            Ok(())
        }
    }
}
