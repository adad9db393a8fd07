use super::{Body, Network};
use crate::error::Result;
use crate::platform::fetch::{Incoming, Outgoing};
use crate::platform::sql::Meter;

/// A host's client in the simulated network.
#[derive(Clone)]
pub struct Http {
    host: String,
    network: Network,
    meter: Meter,
}

impl Http {
    pub fn new(host: &str, network: Network, meter: Meter) -> Self {
        Self { host: host.to_owned(), network, meter }
    }

    pub async fn fetch(&self, request: Outgoing) -> Result<Incoming> {
        request.check()?;
        self.meter.add(|c| c.fetches += 1);
        self.network.carry(&self.host, request).await
    }

    /// Like [`Self::fetch`], with the body not read yet; `max_bytes` counts for nothing.
    pub async fn open(&self, request: Outgoing) -> Result<(Incoming, Body)> {
        let mut answer = self.fetch(Outgoing { max_bytes: usize::MAX, ..request }).await?;
        let body = Body(std::mem::take(&mut answer.body));
        Ok((answer, body))
    }
}
