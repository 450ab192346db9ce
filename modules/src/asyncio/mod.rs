//! `_asyncio`: what of `asyncio` must be fast. The rest is frozen Python, `python/lib/asyncio`.
//!
//! Invariant: an interpreter has one [`Context`], made by `_asyncio.start` when `asyncio` is imported; it knows the
//! task that runs and the queue of those that are ready. A switch of tasks allocates nothing.
//! Surprise: times are milliseconds that never wrap; Python sees them as ticks, which do.

mod context;
mod heap;
mod queue;
mod run;
mod sleep;
mod task;

use krait_runtime::module;

use context::{create_task, current, start};
use queue::TASK_QUEUE;
use run::run;
use sleep::{sleep, sleep_ms};
use task::TASK;

module! {
    /// `_asyncio`
    pub static ASYNCIO: q!(_asyncio);
    q!(TaskQueue) => ty(&TASK_QUEUE),
    q!(Task) => ty(&TASK),
    q!(start) => var(3, 3, start),
    q!(create_task) => f1(create_task),
    q!(current) => f0(current),
    q!(run) => f1(run),
    q!(sleep) => f1(sleep),
    q!(sleep_ms) => f1(sleep_ms),
}
