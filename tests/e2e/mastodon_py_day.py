"""A person's day through Mastodon.py: `mastodon_py_day.py ORIGIN`.

What a browser or the clock does is asked for on stdout, a line each, and answered on stdin.
"""
import queue
import struct
import sys
import zlib
from datetime import datetime, timedelta, timezone

from mastodon import Mastodon, MastodonAPIError, MastodonNotFoundError, StreamListener

ORIGIN = sys.argv[1]
SCOPES = ["read", "write", "follow", "push"]


def ask(*words):
    print(*words, flush=True)
    return input()


def sign_in(name):
    client_id, secret = Mastodon.create_app("Mastodon.py", scopes=SCOPES, api_base_url=ORIGIN)
    api = Mastodon(client_id=client_id, client_secret=secret, api_base_url=ORIGIN)
    url = api.auth_request_url(scopes=SCOPES, allow_http=True)
    api.log_in(code=ask("authorize", name, url), scopes=SCOPES, allow_http=True)
    return api


def same(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


def ids(found):
    return [one.id for one in found]


alice, bob = sign_in("alice"), sign_in("bob")
him = bob.account_verify_credentials()

# The profile.
me = alice.account_update_credentials(
    display_name="Alice", note="likes #ferns", locked=True, fields=[("home", "the wood"), ("pronouns", "she")]
)
same((me.display_name, me.locked, me.source.note, me.fields[1].value), ("Alice", True, "likes #ferns", "she"))
same(alice.instance_v2().configuration.polls.max_options, 4)
same(alice.preferences()["posting:default:visibility"], "public")
same(alice.app_verify_credentials().name, "Mastodon.py")

# Follow requests.
assert bob.account_follow(me, reblogs=True, notify=True).requested
same(ids(alice.follow_requests()), [him.id])
assert alice.follow_request_authorize(him).followed_by
assert bob.account_relationships(me)[0].following
assert alice.account_follow(him).following

# A post with a warning and a poll; the same key makes it once.
poll = alice.make_poll(["tea", "coffee"], 3600, multiple=True, hide_totals=True)
key = "a question once"
post = alice.status_post("what now?", spoiler_text="a question", poll=poll, language="en", idempotency_key=key)
same(alice.status_post("what now?", spoiler_text="a question", poll=poll, language="en", idempotency_key=key).id, post.id)
same((post.spoiler_text, post.sensitive, len(post.poll.options)), ("a question", True, 2))
voted = bob.poll_vote(post.poll, [0, 1])
same((voted.own_votes, voted.votes_count, voted.voters_count), ([0, 1], 2, 1))
assert any(n.type == "status" for n in bob.notifications(types=["status"]))

# Edits.
text = alice.status_post("frist")
edited = alice.status_update(text, "first", spoiler_text="mended")
assert edited.edited_at and edited.spoiler_text == "mended"
same([e.content for e in alice.status_history(text)], ["<p>frist</p>", "<p>first</p>"])
same(alice.status_source(text).text, "first")

# Reply, boost, favourite, bookmark, pin, quote.
reply = bob.status_post("@alice an answer", in_reply_to_id=text)
same(ids(alice.status_context(text).descendants), [reply.id])
same(bob.status_reblog(text).reblog.id, text.id)
assert bob.status_favourite(text).favourited
assert alice.status_bookmark(reply).bookmarked
same(ids(alice.bookmarks()), [reply.id])
assert alice.status_pin(text).pinned
same(bob.status_post("look", quoted_status_id=text).quote.quoted_status.id, text.id)
same(len(alice.status_quotes(text)), 1)
same(sorted(ids(alice.statuses([text, reply]))), sorted([text.id, reply.id]))

# Uploads: two pictures in the order of the post, descriptions, a focal point, an avatar; refused is what is no file.
def png(width, height):
    """A picture of one colour."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = (b"\0" + b"\x40\x90\x60" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


wide = alice.media_post(png(64, 32), "image/png", description="wide", focus=(0.5, -0.5), synchronous=True)
tall = alice.media_post(png(32, 64), "image/png", description="tall", synchronous=True)
same((wide.meta.original.width, wide.meta.original.height, wide.meta.focus.x), (64, 32, 0.5))
same(alice.media(tall).description, "tall")
same(alice.media_update(tall, description="taller").description, "taller")
shown = alice.status_post("two pictures", media_ids=[tall, wide], sensitive=True)
same([m.description for m in shown.media_attachments], ["taller", "wide"])
assert all(m.blurhash for m in bob.status(shown).media_attachments)
same(ids(bob.account_statuses(me, only_media=True)), [shown.id])
changed = alice.status_update(shown, "one picture", media_ids=[wide])
same([m.description for m in changed.media_attachments], ["wide"])
assert "/media/" in alice.account_update_credentials(avatar=png(48, 48), avatar_mime_type="image/png").avatar
try:
    alice.media_post(b"nothing that anybody knows", "image/png")
    raise AssertionError("no picture")
except MastodonAPIError as error:
    assert "422" in str(error), error


# A stream of server-sent events.
class Heard(StreamListener):
    def __init__(self):
        self.events = queue.Queue()

    def on_update(self, status):
        self.events.put(("update", status.id))

    def on_status_update(self, status):
        self.events.put(("edit", status.id))

    def on_delete(self, status_id):
        self.events.put(("delete", str(status_id)))

    def on_notification(self, notification):
        self.events.put((notification.type, None))


heard = Heard()
stream = alice.stream_user(heard, run_async=True)
# The request has been answered by the first event.
for n in range(20):
    probe = bob.status_post(f"anybody there? {n}")
    try:
        heard.events.get(timeout=1)
        break
    except queue.Empty:
        continue


def comes(kind, wanted):
    while True:
        got, about = heard.events.get(timeout=20)
        if got == kind and (wanted is None or about == str(wanted)):
            return


news = bob.status_post("news")
comes("update", news.id)
bob.status_update(news, "newer")
comes("edit", news.id)
bob.status_delete(news)
comes("delete", news.id)
bob.status_favourite(shown)
comes("favourite", None)
stream.close()

# Lists and filters.
club = alice.list_create("club")
alice.list_accounts_add(club, [him])

mystery = bob.status_post("the butler did it")
same(ids(alice.timeline_list(club, limit=1)), [mystery.id])
same(ids(alice.account_lists(him)), [club.id])
made = alice.create_filter_v2("spoilers", ["home"], "warn", keywords_attributes=[{"keyword": "butler", "whole_word": True}])
seen = [s for s in alice.timeline_home() if s.id == mystery.id][0]
same(seen.filtered[0].keyword_matches, ["butler"])
alice.delete_filter_v2(made)
same(alice.filters_v2(), [])
alice.list_delete(club)

# Search.
fern = alice.status_post("fronds unfurl #Ferns 고사리 숲", visibility="private")
same(ids(alice.search_v2("unfurl", result_type="statuses").statuses), [fern.id])
same(ids(alice.search_v2("고사리", result_type="statuses").statuses), [fern.id])
same(alice.search_v2("bob", result_type="accounts").accounts[0].acct, "bob")
same(alice.account_lookup("bob").id, him.id)

# Notifications, markers, policies, conversations.
kinds = {n.type for n in alice.notifications()}
assert {"follow", "mention", "favourite", "reblog", "quote"} <= kinds, kinds
groups = alice.grouped_notifications()
assert groups.notification_groups and groups.accounts
assert alice.notifications_unread_count().count > 0
newest = alice.notifications(limit=1)[0]
alice.markers_set(["notifications"], [newest.id])
same(alice.notifications_unread_count().count, 0)
same(str(alice.markers_get(["notifications"])["notifications"].last_read_id), str(newest.id))
same(alice.update_notifications_policy(for_new_accounts="filter").for_new_accounts, "filter")
bob.status_post("@alice psst", visibility="direct")
assert alice.conversations()[0].unread
alice.conversations_read(alice.conversations()[0])

# Hashtags.
assert alice.tag_follow("moss").following
same([t.name for t in alice.followed_tags()], ["moss"])
same(alice.featured_tag_create("ferns").name, "ferns")
same([t.name for t in bob.account_featured_tags(me)], ["ferns"])

# Pages.
for n in range(5):
    bob.status_post(f"page {n}")
first = bob.account_statuses(him, limit=3)
second = bob.fetch_next(first)
assert first and second and not set(ids(first)) & set(ids(second))
same(ids(bob.fetch_previous(second)), ids(first))

# A scheduled post.
at = datetime.now(timezone.utc) + timedelta(minutes=10)
kept = alice.status_post("later", scheduled_at=at)
same(kept.params.text, "later")
moved = alice.scheduled_status_update(kept, at + timedelta(minutes=1))
assert moved.scheduled_at > kept.scheduled_at
ask("time passes")
same(alice.timeline_home(limit=1)[0].content, "<p>later</p>")
same(alice.scheduled_statuses(), [])

# Notes, mutes, blocks, and what is refused.
same(alice.account_note_set(him, "from the fern club").note, "from the fern club")
assert alice.account_mute(him, notifications=False, duration=600).muting
assert not alice.account_unmute(him).muting
assert alice.account_block(him).blocking
same(ids(alice.blocks()), [him.id])
assert not alice.account_unblock(him).blocking
alice.domain_block("spam.example")
same(list(alice.domain_blocks()), ["spam.example"])
alice.domain_unblock("spam.example")
try:
    alice.status_translate(fern)
    raise AssertionError("nobody translates here")
except MastodonNotFoundError:
    pass
try:
    alice.status_post("x" * 501)
    raise AssertionError("501 characters")
except MastodonAPIError as error:
    assert "422" in str(error), error
same(alice.status_delete(text).text, "first")
print("the day is over", flush=True)
