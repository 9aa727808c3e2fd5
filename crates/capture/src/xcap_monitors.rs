//! Monitors and their pixels through xcap, the same on every system.

use crate::{Monitor, ScreenError};
use afterimage_domain::{Pixels, Rect};

/// The monitors that are on.
pub(crate) fn list() -> Result<Vec<Monitor>, ScreenError> {
    let monitors = xcap::Monitor::all().map_err(failed)?;
    monitors
        .iter()
        .map(|monitor| describe(monitor).map_err(failed))
        .collect()
}

/// The pixels of one monitor, unmasked.
pub(crate) fn grab(monitor: &Monitor) -> Result<Pixels, ScreenError> {
    let monitors = xcap::Monitor::all().map_err(failed)?;
    let found = monitors
        .iter()
        .find(|candidate| describe(candidate).is_ok_and(|known| known == *monitor));
    let found =
        found.ok_or_else(|| ScreenError::Grab(format!("the monitor {} is gone", monitor.name)))?;
    let image = found.capture_image().map_err(failed)?;
    let (width, height) = image.dimensions();
    if (width, height) != (monitor.bounds.width, monitor.bounds.height) {
        return Err(ScreenError::Grab(
            "the monitor changed its size meanwhile, or its picture is scaled, which is not supported yet".into(),
        ));
    }
    Pixels::new(width, height, image.into_raw())
        .ok_or_else(|| ScreenError::Grab("the picture is incomplete".into()))
}

fn describe(monitor: &xcap::Monitor) -> xcap::XCapResult<Monitor> {
    let bounds = Rect::new(
        monitor.x()?,
        monitor.y()?,
        monitor.width()?,
        monitor.height()?,
    );
    Ok(Monitor {
        name: monitor.name()?,
        bounds,
    })
}

fn failed(error: xcap::XCapError) -> ScreenError {
    ScreenError::Grab(error.to_string())
}
