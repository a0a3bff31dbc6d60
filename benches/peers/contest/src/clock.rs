use std::time::Instant;

/// Tells how long something took.
#[derive(Debug)]
pub struct Clock(Instant);

impl Clock {
    /// Starts it.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Forgets what passed so far.
    pub fn restart(&mut self) {
        self.0 = Instant::now();
    }

    /// The seconds since it was started.
    pub fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}
