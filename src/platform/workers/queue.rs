use crate::error::{Error, Result};
use crate::platform::sql::Meter;

/// The producer's side of the delivery queue.
#[derive(Clone)]
pub struct Queue {
    binding: worker::Queue,
    meter: Meter,
}

/// Maximum messages of one sendBatch.
const BATCH: usize = 100;

impl Queue {
    /// From the environment's binding `QUEUE`.
    pub fn new(env: &worker::Env, meter: Meter) -> Result<Self> {
        let binding = env.queue("QUEUE").map_err(|e| Error::internal(format!("the binding QUEUE: {e}")))?;
        Ok(Self { binding, meter })
    }

    pub async fn send(&self, messages: Vec<String>) -> Result<()> {
        for batch in messages.chunks(BATCH) {
            self.binding
                .send_batch(batch.to_vec())
                .await
                .map_err(|e| Error::Platform(format!("the queue refuses: {e}")))?;
            self.meter.add(|c| {
                c.sends += 1;
                c.queue_operations += 3 * batch.len() as u32;
            });
        }
        Ok(())
    }
}
