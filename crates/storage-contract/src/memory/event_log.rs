//! The events of a tenant, and what of them is still to be told to webhooks.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use passkeyd_domain::{
    Event, Timestamp,
    ports::{Delivery, EventCursor},
};

#[derive(Debug)]
pub(super) struct EventLog {
    numbers: Arc<AtomicI64>,
    /// By number: in the order in which they were written.
    events: BTreeMap<i64, Event>,
    pub(super) outbox: BTreeMap<i64, Due>,
}

/// A delivery and when it is due.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) at: Timestamp,
    pub(super) delivery: Delivery,
}

impl EventLog {
    pub(super) fn new(numbers: Arc<AtomicI64>) -> Self {
        Self {
            numbers,
            events: BTreeMap::new(),
            outbox: BTreeMap::new(),
        }
    }

    fn number(&self) -> i64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn extend(&mut self, events: impl IntoIterator<Item = Event>) {
        for mut event in events {
            for webhook in std::mem::take(&mut event.notify) {
                let number = self.number();
                let delivery = Delivery {
                    number,
                    webhook,
                    event: event.clone(),
                    attempts: 0,
                };
                let at = event.performed_at;
                self.outbox.insert(number, Due { at, delivery });
            }
            self.events.insert(self.number(), event);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    pub(super) fn newest_first(&self) -> Vec<(EventCursor, &Event)> {
        let mut found: Vec<_> = self
            .events
            .iter()
            .map(|(&number, event)| {
                let performed_at = event.performed_at;
                (
                    EventCursor {
                        performed_at,
                        number,
                    },
                    event,
                )
            })
            .collect();
        found.sort_by_key(|(cursor, _)| Reverse(*cursor));
        found
    }

    pub(super) fn delete_before(&mut self, before: Timestamp, limit: u32) {
        let old = self
            .events
            .iter()
            .filter(|(_, event)| event.performed_at < before);
        let mut old: Vec<_> = old
            .map(|(number, event)| (event.performed_at, *number))
            .collect();
        old.sort_unstable();
        for (_, number) in old.into_iter().take(limit.try_into().unwrap_or(usize::MAX)) {
            self.events.remove(&number);
        }
    }
}
