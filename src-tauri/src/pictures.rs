//! `frame://localhost/<frame>/<thumbnail|full>`: the pictures of frames, fetched from the engine one by one. Nothing is kept.

use crate::engine::Engine;
use afterimage_engine::api::{Code, Failure, ImageSize, Request, Response};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use tauri::{
    Manager, Runtime, UriSchemeContext, UriSchemeResponder,
    async_runtime::spawn_blocking,
    http::{Response as Reply, StatusCode, header},
};

/// Answers one request for a picture.
pub fn answer<R: Runtime>(
    context: UriSchemeContext<'_, R>,
    request: tauri::http::Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let app = context.app_handle().clone();
    let path = request.uri().path().to_owned();
    spawn_blocking(move || responder.respond(reply(picture(&app.state::<Engine>(), &path))));
}

fn picture(engine: &Engine, path: &str) -> Result<(String, Vec<u8>), Failure> {
    let request = wanted(path).ok_or_else(|| Failure::not_found("picture"))?;
    match engine.call(request)? {
        Response::Image { mime, data } => match BASE64_STANDARD.decode(data) {
            Ok(file) => Ok((mime, file)),
            Err(_) => Err(Failure::new(Code::BadImage, "The picture came damaged.")),
        },
        _ => Err(Failure::new(
            Code::Protocol,
            "The engine answered something else than a picture.",
        )),
    }
}

/// `/<frame>/<size>`, and nothing else.
fn wanted(path: &str) -> Option<Request> {
    let (id, size) = path.strip_prefix('/')?.split_once('/')?;
    let size = match size {
        "thumbnail" => ImageSize::Thumbnail,
        "full" => ImageSize::Full,
        _ => return None,
    };
    Some(Request::FrameImage {
        id: id.parse().ok()?,
        size,
    })
}

fn reply(picture: Result<(String, Vec<u8>), Failure>) -> Reply<Vec<u8>> {
    let (status, mime, body) = match picture {
        Ok((mime, file)) => (StatusCode::OK, mime, file),
        Err(failure) => (
            StatusCode::NOT_FOUND,
            "text/plain".into(),
            failure.message.into_bytes(),
        ),
    };
    let mut reply = Reply::new(body);
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("no-store"),
    );
    if let Ok(mime) = header::HeaderValue::from_str(&mime) {
        headers.insert(header::CONTENT_TYPE, mime);
    }
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_address_of_a_picture_asks_for_one() {
        let id = "018f0000-0000-7000-8000-000000000000";
        for (path, expected) in [
            (format!("/{id}/thumbnail"), Some(ImageSize::Thumbnail)),
            (format!("/{id}/full"), Some(ImageSize::Full)),
            (format!("/{id}/huge"), None),
            (format!("/{id}"), None),
            (format!("/{id}/full/more"), None),
            ("/../secret/full".into(), None),
            (String::new(), None),
        ] {
            let size = wanted(&path).map(|request| match request {
                Request::FrameImage { size, .. } => size,
                other => panic!("{other:?}"),
            });
            assert_eq!(size, expected, "{path}");
        }
    }
}
