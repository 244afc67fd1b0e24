// SPDX-License-Identifier: Apache-2.0
// Does a browser still render? A page of our own is loaded in a fresh context, laid out and drawn:
// after its zygotes are gone a browser answers every question and makes targets, but each crashes.
// In keeper threads.
#include "cdp/capture.h"
#include "orchestrator/pool/pool_priv.h"

#define CANARY_MS 2500

static const char page_html[] =
    "<!doctype html><title>canary</title><style>p{width:120px;height:60px;background:#0a0}"
    "</style><p id=x></p><script>x.dataset.ran = 1 + 1</script>";
static const char expression[] = "(() => { const p = document.getElementById('x'); "
				 "return p.dataset.ran === '2' ? p.offsetWidth : -1; })()";

static int
look(struct cdp_page *page, struct deadline dl, struct err *err)
{
	const struct cdp_wait_opts wait = {.until = WAIT_LOAD};
	struct cdp_nav nav = {0};
	cJSON *value = NULL;
	int rc = cdp_page_set_content(page, SV(page_html), NULL, &wait, dl, &nav, err);

	cdp_nav_done(&nav);
	if (rc == 0)
		rc = cdp_page_eval(page, WORLD_MAIN, expression, CANARY_MS, dl, &value, err);
	if (rc == 0 && (!cJSON_IsNumber(value) || (int)value->valuedouble != 120))
		rc = err_set(err, ERR_PROTOCOL, "the canary page was not laid out");
	cJSON_Delete(value);
	return rc;
}

static int
draw(struct cdp_page *page, struct deadline dl, struct err *err)
{
	struct cdp_clip clip = {.width = 64, .height = 64};
	const struct cdp_screenshot o = {.format = IMAGE_PNG, .clip = &clip};
	struct cdp_image image = {.bytes = BUF_INIT};
	int rc = cdp_capture_screenshot(page, &o, NULL, dl, &image, err);

	if (rc == 0 && image.width != 64)
		rc = err_set(err, ERR_CAPTURE_FAILED, "the canary's image is %u wide", image.width);
	buf_done(&image.bytes);
	return rc;
}

static int
render(struct pool_browser *pb, struct err *err)
{
	const struct browser_opts *w = &pb->pool->o.browser;
	const struct cdp_page_opts o = {
	    .viewport = {.width = w->window_width, .height = w->window_height},
	    .window_is_viewport = true,
	};
	struct deadline dl = deadline_in_ms(CANARY_MS);
	struct pool_page *page = NULL;
	int rc = pool_page_make(pb, NULL, dl, &page, err);

	if (rc != 0)
		return rc;
	rc = cdp_page_prepare(page->page, &o, err);
	if (rc == 0)
		rc = look(page->page, dl, err);
	if (rc == 0)
		rc = draw(page->page, dl, err);
	if (pool_page_close(page, deadline_step(dl, rc ? 0 : CANARY_MS)) == CLOSE_FAILED && rc == 0)
		rc = err_set(err, ERR_BROWSER_CRASHED, "the canary page did not close");
	return rc;
}

// It gets no more pages. Those that it has may still be well, unless it answers nothing at all.
static void
give_up(struct pool_browser *pb, int rc)
{
	struct pool *p = pb->pool;

	if (rc == ERR_TIMEOUT || pb->state != POOL_READY) {
		pool_end_browser(pb, &p->st.restarts_hung);
		return;
	}
	pool_retire(pb, &p->st.restarts_hung);
	pool_set_state(pb, POOL_DRAINING);
}

void
pool_task_canary(struct pool_task *t)
{
	struct pool_browser *pb = t->pb;
	struct pool *p = t->pool;
	struct err err = ERR_INIT;
	int rc = render(pb, &err);

	pthread_mutex_lock(&p->lock);
	pb->canary = false;
	pb->suspect = false;
	if (rc == 0) {
		p->st.last_canary_ms = pb->proved_ms = clock_ms();
	} else if (!pb->ending) {
		log_warn("Chromium (pid %lld) renders no page any more and is replaced: %s",
		    (long long)browser_pid(pb->b), err.message);
		p->st.canary_failures++;
		give_up(pb, rc);
	}
	pool_plan(p);
	pthread_mutex_unlock(&p->lock);
}
