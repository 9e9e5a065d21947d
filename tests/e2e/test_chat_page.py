"""The browser messenger in everyday use, over the real Telegram side of the sandbox."""

from __future__ import annotations

from playwright.async_api import Locator, expect

from tests.e2e.chat_driving import TOKEN, Desk, Visitor, keyboard

# The smallest valid picture: one grey dot.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)


async def test_the_first_visit_asks_for_a_name_and_starts_in_the_browsers_language(desk: Desk) -> None:
    visitor = await desk.visit(locale="uk-UA")
    page = visitor.page
    await expect(page.locator("input[value=uk]")).to_be_checked()
    await page.get_by_role("button", name="Відкрити чат").click()
    await expect(page.get_by_role("alert")).to_contain_text("ім’я")

    await visitor.introduce("Оленка")
    await expect(page.locator("#about")).to_contain_text("Вакансії, що пасують.")
    await page.get_by_role("button", name="Почати").click()

    heard = await desk.bot.hears()
    assert (heard["text"], heard["from"]["first_name"]) == ("/start", "Оленка")
    assert heard["from"]["language_code"] == "uk"
    await expect(visitor.newest.locator(".command")).to_have_text("/start")
    await expect(page.locator("#start")).to_be_hidden()


async def test_words_go_both_ways_with_lines_ticks_and_groups(desk: Desk, olena: Visitor) -> None:
    box = olena.page.locator("#input")
    await box.press_sequentially("first")
    await box.press("Shift+Enter")
    await box.press_sequentially("second")
    await box.press("Enter")
    assert (await desk.bot.hears())["text"] == "first\nsecond"
    await expect(box).to_have_value("")
    await expect(olena.newest.locator(".text")).to_contain_text("first\nsecond")
    await expect(olena.newest.get_by_role("img", name="Sent", exact=True)).to_be_visible()

    await desk.bot.tells(olena, "Got it.")
    await desk.bot.tells(olena, "And noted.")
    await expect(olena.newest.locator(".text")).to_contain_text("And noted.")
    await expect(olena.page.get_by_role("img", name="Sent and taken by the bot").last).to_be_visible()
    await expect(olena.page.locator(".row.bot.first:not(.last)")).to_have_count(1)
    await expect(olena.page.locator(".row.bot.last:not(.first)")).to_have_count(1)
    await expect(olena.page.get_by_role("separator")).to_have_text("Today")


async def height_of(place: Locator) -> float:
    box = await place.bounding_box()
    assert box is not None
    return box["height"]


async def test_entities_are_drawn_and_work(desk: Desk, olena: Visitor) -> None:
    brief = "Long brief of the client. " * 30
    await desk.bot.tells(
        olena,
        "<b>bold <i>both</i></b> <u>under</u> <s>gone</s> <tg-spoiler>secret</tg-spoiler>"
        " <code>tap me</code>\n"
        '<pre><code class="language-python">x = 1\ny = 2</code></pre>\n'
        '<a href="https://example.org/a?b=1">site</a> <blockquote>short</blockquote>\n'
        f"<blockquote expandable>{brief}</blockquote>\n/stats",
    )
    row, page = olena.newest, olena.page
    await expect(row.locator("strong")).to_have_text("bold both")
    await expect(row.locator("strong em")).to_have_text("both")
    await expect(row.locator("u")).to_have_text("under")
    await expect(row.locator("s")).to_have_text("gone")

    await expect(row.get_by_text("secret")).to_be_hidden()
    await row.get_by_role("button", name="Hidden text").click()
    await expect(row.get_by_text("secret")).to_be_visible()

    await row.get_by_role("button", name="tap me").click()
    await expect(page.locator(".toast")).to_have_text("Copied")
    assert await page.evaluate("navigator.clipboard.readText()") == "tap me"
    await expect(row.locator(".pre-head")).to_contain_text("python")
    await row.get_by_role("button", name="Copy the code").click()
    await expect(page.locator(".toast")).to_have_count(2)
    assert await page.evaluate("navigator.clipboard.readText()") == "x = 1\ny = 2"

    link = row.get_by_role("link", name="site")
    await expect(link).to_have_attribute("href", "https://example.org/a?b=1")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")

    quote = row.locator("blockquote", has_text="Long brief")
    folded = await height_of(quote)
    await quote.get_by_role("button", name="Show the whole quote").click()
    await expect(quote.get_by_role("button", name="Fold the quote")).to_be_visible()
    assert await height_of(quote) > folded * 2
    await expect(row.locator("blockquote", has_text="short").get_by_role("button")).to_have_count(0)

    await row.locator(".command").click()
    assert (await desk.bot.hears())["text"] == "/stats"


async def test_a_pressed_button_waits_for_its_answer_and_shows_it(desk: Desk, olena: Visitor) -> None:
    page = olena.page
    await desk.bot.tells(
        olena,
        "A card",
        reply_markup=keyboard(
            [
                {"text": "Draft", "callback_data": "d", "style": "primary"},
                {"text": "Why", "callback_data": "w", "style": "danger"},
            ],
            [
                {"text": "Link", "copy_text": {"text": "https://example.org/job"}},
                {"text": "Open", "url": "https://example.org/"},
                {"text": "Sent", "disabled": {}},
            ],
        ),
    )
    row = olena.newest
    draft = row.get_by_role("button", name="Draft")
    await draft.click()
    pressed = await desk.bot.hears("callback_query")
    assert pressed["data"] == "d"
    await expect(draft).to_have_attribute("aria-busy", "true")
    await desk.bot.call("answerCallbackQuery", callback_query_id=pressed["id"], text="Writing <b>now</b>")
    await expect(page.locator(".toast")).to_have_text("Writing <b>now</b>")
    await expect(draft).not_to_have_attribute("aria-busy", "true")

    await row.get_by_role("button", name="Why").click()
    pressed = await desk.bot.hears("callback_query")
    await desk.bot.call(
        "answerCallbackQuery", callback_query_id=pressed["id"], text="Because.", show_alert=True
    )
    await expect(page.get_by_role("alertdialog")).to_contain_text("Because.")
    await page.get_by_role("button", name="OK").click()
    await expect(page.get_by_role("alertdialog")).to_have_count(0)

    await row.get_by_role("button", name="Link, copies the text").click()
    await expect(page.locator(".toast").last).to_have_text("Copied")
    assert await page.evaluate("navigator.clipboard.readText()") == "https://example.org/job"
    opens = row.get_by_role("link", name="Open, opens a new tab")
    await expect(opens).to_have_attribute("rel", "noopener noreferrer")
    await expect(row.get_by_role("button", name="Sent", disabled=True)).to_be_visible()


async def test_a_draft_grows_can_be_stopped_and_becomes_the_message(desk: Desk, olena: Visitor) -> None:
    page, chat = olena.page, {"chat_id": olena.user_id, "draft_id": 7, "can_stop": True}
    await desk.bot.call("sendMessageDraft", text="", **chat)
    await expect(page.locator(".draft .dots")).to_be_visible()
    await desk.bot.call("sendMessageDraft", text="Dear client, I have", **chat)
    await expect(page.locator(".draft .text")).to_have_text("Dear client, I have")
    await expect(page.locator(".draft .caret")).to_be_visible()
    await desk.bot.call("sendMessageDraft", text="Dear client, I have built this before.", **chat)
    await expect(page.locator(".draft .text")).to_have_text("Dear client, I have built this before.")
    await expect(page.locator("#bot-status")).to_have_text("writing…")

    await desk.bot.tells(olena, "Dear client, I have built this before. Twice.")
    await expect(olena.newest.locator(".text")).to_contain_text("Twice.")
    await expect(page.locator(".draft")).to_have_count(0)

    await desk.bot.call("sendMessageDraft", text="Another", **(chat | {"draft_id": 8}))
    await page.get_by_role("button", name="Stop").click()
    assert (await desk.bot.hears("stopped_message_generation"))["draft_id"] == 8
    await expect(page.locator(".draft")).to_have_count(0)


async def test_replies_show_what_they_answer_and_lead_back_to_it(desk: Desk, olena: Visitor) -> None:
    page = olena.page
    card = await desk.bot.tells(olena, "The card to answer")
    for n in range(25):
        await desk.bot.tells(olena, f"filler {n}")
    await expect(olena.newest).to_contain_text("filler 24")
    target = page.locator(f".row[data-id='{card['message_id']}']")
    await target.locator(".bubble").dblclick()
    await expect(page.locator("#context")).to_contain_text("The card to answer")
    await page.keyboard.press("Escape")
    await expect(page.locator("#context")).to_be_hidden()

    await target.hover()
    await target.get_by_role("button", name="Reply").click()
    await olena.write("shorter, please")
    assert (await desk.bot.hears())["reply_to_message"]["message_id"] == card["message_id"]
    quoted = olena.newest.locator(".quoted")
    await expect(quoted).to_contain_text("The card to answer")
    await expect(target).not_to_be_in_viewport()
    await quoted.click()
    await expect(target).to_be_in_viewport()
    await expect(target).to_be_focused()

    asked = await desk.bot.tells(
        olena,
        "Your rate?",
        reply_markup={"force_reply": True, "input_field_placeholder": "for example 65"},
    )
    await expect(page.locator("#context")).to_contain_text("Your rate?")
    await expect(page.locator("#input")).to_have_attribute("placeholder", "for example 65")
    await olena.write("65")
    assert (await desk.bot.hears())["reply_to_message"]["message_id"] == asked["message_id"]


async def test_commands_and_the_bots_keyboard_are_at_hand(desk: Desk, olena: Visitor) -> None:
    page, box = olena.page, olena.page.locator("#input")
    await box.press_sequentially("/s")
    await expect(page.get_by_role("option")).to_have_count(3)
    await box.press_sequentially("t")
    await box.press("ArrowDown")
    await expect(page.get_by_role("option", selected=True)).to_contain_text("/stats")
    await box.press("Enter")
    assert (await desk.bot.hears())["text"] == "/stats"
    await page.get_by_role("button", name="Commands").click()
    await page.get_by_role("option", name="/searches").click()
    assert (await desk.bot.hears())["text"] == "/searches"

    await desk.bot.tells(
        olena, "Which side?", reply_markup={"keyboard": [[{"text": "Backend"}, {"text": "Frontend"}]]}
    )
    await page.locator("#reply-keys").get_by_role("button", name="Frontend").click()
    assert (await desk.bot.hears())["text"] == "Frontend"
    await desk.bot.tells(olena, "Thanks.", reply_markup={"remove_keyboard": True})
    await expect(page.locator("#reply-keys")).to_be_hidden()


async def test_pictures_files_and_voice(desk: Desk, olena: Visitor) -> None:
    page = olena.page
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("button", name="Attach a file").click()
    chooser = await choosing.value
    await chooser.set_files({"name": "dot.png", "mimeType": "image/png", "buffer": PNG})
    await page.get_by_label("Caption").fill("my work")
    await page.get_by_label("Caption").press("Enter")
    heard = await desk.bot.hears()
    assert (heard["caption"], bool(heard["photo"])) == ("my work", True)
    await olena.newest.locator(".photo").click()
    await expect(page.locator("dialog.lightbox img")).to_be_visible()
    await page.keyboard.press("Escape")

    notes = await page.evaluate_handle(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(['hello'], 'notes.txt', {type: 'text/plain'}));
          return data;
        }"""
    )
    await page.dispatch_event("#thread", "drop", {"dataTransfer": notes})
    await page.get_by_role("dialog").get_by_role("button", name="Send").click()
    assert (await desk.bot.hears())["document"]["file_name"] == "notes.txt"
    await expect(olena.newest.locator(".file")).to_contain_text("notes.txt")

    voice = {"voice": ("hello.ogg", b"OggS" + bytes(60), "audio/ogg")}
    sent = await desk.bot.http.post(
        f"/bot{TOKEN}/sendVoice", data={"chat_id": str(olena.user_id)}, files=voice
    )
    assert sent.status_code == 200, sent.text
    await expect(olena.newest.get_by_role("button", name="Play")).to_be_visible()


async def test_the_last_message_can_be_edited_and_reactions_travel(desk: Desk, olena: Visitor) -> None:
    page = olena.page
    await olena.write("65 dollars")
    await desk.bot.hears()
    await expect(olena.newest).to_contain_text("65 dollars")
    await expect(olena.newest.get_by_role("img", name="Sent", exact=True)).to_be_visible()
    await page.locator("#input").press("ArrowUp")
    await page.locator("#input").fill("75 dollars")
    await page.locator("#input").press("Enter")
    assert (await desk.bot.hears("edited_message"))["text"] == "75 dollars"
    await expect(olena.newest.locator(".meta")).to_contain_text("edited")

    await desk.bot.tells(olena, "Deal?")
    await olena.newest.locator(".bubble").click(button="right")
    await page.get_by_role("menuitem", name="React with 🔥").click()
    await expect(olena.newest.locator(".reaction")).to_have_text("🔥")


async def test_unread_messages_are_counted_and_the_reader_is_not_moved(desk: Desk, olena: Visitor) -> None:
    page = olena.page
    for n in range(30):
        await desk.bot.tells(olena, f"line {n}")
    await expect(olena.newest).to_be_in_viewport()
    await page.locator("#thread").evaluate("node => node.scrollTo(0, 0)")
    await expect(page.get_by_role("button", name="To the newest message")).to_be_visible()
    await desk.bot.tells(olena, "fresh one")
    await expect(page.get_by_role("button", name="1 new message")).to_be_visible()
    assert (await page.title()).startswith("(1) ")
    assert await page.locator("#thread").evaluate("node => node.scrollTop") == 0
    await page.get_by_role("button", name="1 new message").click()
    await expect(olena.newest).to_be_in_viewport()
    await expect(page).to_have_title("Gigwright")


async def test_the_clients_side_shows_what_was_sent_and_lets_the_client_act(
    desk: Desk, olena: Visitor
) -> None:
    http = desk.bot.http
    token = (await http.post("/upwork/control/grants", json={"client_id": "page-test"})).json()[
        "access_token"
    ]
    account = (await http.get("/upwork/control/accounts")).json()[0]
    job = (await http.get("/upwork/control/jobs")).json()[0]
    letter = "Dear client, <b>this</b> is <img src=x onerror=alert(1)> text."
    proposal = {
        "selectedContractor": {"id": account["id"], "oDeskUserID": account["nid"]},
        "jobReference": job["id"],
        "chargedAmount": 65,
        "coverLetter": letter,
        "teamOrgId": account["organizations"][0]["id"],
        "questions": [{"question": question, "answer": "Yes."} for question in job["questions"]],
    }
    mutation = (
        "mutation($i: CreateJobProposalInput!) { createJobProposal(input: $i) { newProposalId error } }"
    )
    sent = await http.post(
        "/upwork/graphql",
        json={"query": mutation, "variables": {"i": proposal}},
        headers={"Authorization": f"bearer {token}", "User-Agent": "gigwright-tests/1"},
    )
    proposal_id = sent.json()["data"]["createJobProposal"]["newProposalId"]

    async with olena.page.expect_popup() as opening:
        await olena.page.get_by_role("link", name="Upwork").click()
    client = desk.watch(await opening.value).page
    card = client.locator("#threads article")
    await expect(card).to_contain_text(letter)
    await expect(card.locator("code")).to_have_text(proposal_id)
    await card.get_by_role("button", name="Client writes").click()
    await card.get_by_label("Write as the client").fill("Monday at ten?")
    await card.get_by_role("button", name="Send").click()
    await expect(card.locator(".line.client").last).to_contain_text("Monday at ten?")
    rooms = (await http.get("/upwork/control/rooms")).json()
    assert [room["stories"] for room in rooms] == [2]

    shown = await client.locator("#postings article").count()
    await client.get_by_role("button", name="Publish one now").click()
    await expect(client.locator("#postings article")).to_have_count(shown + 1)
