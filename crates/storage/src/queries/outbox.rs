use diesel::prelude::*;
use passkeyd_domain::{Timestamp, ports::Delivery};

use super::{Conn, dialect};
use crate::{
    rows::{Read, millis},
    schema::deliveries,
    statement::statement,
};

pub(crate) fn take(
    conn: &mut Conn,
    now: Timestamp,
    until: Timestamp,
    limit: u32,
) -> Read<Vec<Delivery>> {
    let due = dialect::due_deliveries(conn, now, limit)?;
    let numbers: Vec<_> = due.iter().map(|row| row.number).collect();
    diesel::update(deliveries::table.filter(deliveries::number.eq_any(numbers)))
        .set((
            deliveries::due_at.eq(millis(until)),
            deliveries::attempts.eq(deliveries::attempts + 1),
        ))
        .execute(conn)?;
    due.into_iter()
        .filter_map(|row| row.attempt().transpose())
        .collect()
}

pub(crate) fn put_off(conn: &mut Conn, number: i64, due_at: Timestamp) -> Read<()> {
    statement::<()>("UPDATE deliveries SET due_at = ? WHERE number = ?")
        .bind(millis(due_at))
        .bind(number)
        .execute(conn)?;
    Ok(())
}

pub(crate) fn delete(conn: &mut Conn, number: i64) -> Read<()> {
    statement::<()>("DELETE FROM deliveries WHERE number = ?")
        .bind(number)
        .execute(conn)?;
    Ok(())
}
