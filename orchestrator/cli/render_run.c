// SPDX-License-Identifier: Apache-2.0
// One render from the command line: the main thread checks the request and the outputs, starts the
// job's thread and waits for it or for a signal. The first Ctrl-C or SIGTERM cancels and cleans,
// the second ends at once; the launcher sees this process go and ends the browser either way.
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/render_priv.h"

#include "base/log.h"
#include "base/thread.h"
#include "cdp/state.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#define CANCEL_GRACE_MS 4000

// --- the job's thread ---

static void
set_job(struct render *r, struct job *j)
{
	pthread_mutex_lock(&r->lock);
	r->job = j;
	if (j && atomic_load(&r->interrupted))
		job_cancel(j);
	pthread_mutex_unlock(&r->lock);
}

static struct job_opts
job_opts(const struct render *r)
{
	const struct render_args *a = r->args;

	return (struct job_opts){
	    .allow_private = a->allow_private,
	    .fail_on_http_error = a->fail,
	    .no_dismiss_overlays = !a->dismiss_overlays,
	    .allow_uploads = true,
	    .no_document = r->format == FORMAT_RAW_HTML,
	    .session_state = r->state_in,
	    .export_state = a->session_state,
	    .on_event = render_progress(a),
	};
}

// One render; the last one's results are written before its page is closed. False: no more.
static bool
render_once(struct render *r, struct runtime *rt, bool last)
{
	struct job_opts o = job_opts(r);
	struct job *j = job_new(r->req, &o);

	set_job(r, j);
	job_run(j, rt);
	last |= job_status(j) == JOB_FAILED;
	if (last)
		r->code = render_deliver(r, j);
	set_job(r, NULL);
	job_release(j, rt, last);
	job_free(j);
	return !last;
}

static struct browser_opts
browser_opts(const struct render *r)
{
	return (struct browser_opts){
	    .kind = r->args->browser,
	    .insecure_no_sandbox = r->args->insecure_no_sandbox,
	    .window_width = r->req->viewport->width,
	    .window_height = r->req->viewport->height,
	};
}

static void *
job_thread(void *arg)
{
	struct render *r = arg;
	struct browser_opts o = browser_opts(r);
	struct pool_opts po = runtime_cli_opts(&o);
	struct runtime *rt;

	if (r->req->engine == ENGINE_FETCH)
		po.browsers = 0;
	rt = runtime_new(&po);

	for (int64_t i = 1; render_once(r, rt, i >= r->args->repeat); i++)
		;
	runtime_free(rt);
	(void)!write(r->done_fd, &(uint64_t){1}, sizeof(uint64_t));
	return NULL;
}

// --- the main thread ---

static void
interrupt(struct render *r)
{
	atomic_store(&r->interrupted, true);
	pthread_mutex_lock(&r->lock);
	if (r->job)
		job_cancel(r->job);
	pthread_mutex_unlock(&r->lock);
}

static void
end_at_once(struct render *r)
{
	if (!atomic_load(&r->delivering))
		render_close_outputs(r);
	_exit(EXIT_INTERRUPTED);
}

static void
wait_for_end(struct render *r, int signal_fd)
{
	struct pollfd p[] = {
	    {.fd = r->done_fd, .events = POLLIN}, {.fd = signal_fd, .events = POLLIN}};
	struct signalfd_siginfo si;
	struct deadline grace = {0};

	for (;;) {
		bool ending = atomic_load(&r->interrupted);
		int n = poll(p, 2, ending ? deadline_poll_ms(grace) : -1);

		if (n > 0 && p[0].revents)
			return;
		if (n == 0 || (ending && p[1].revents))
			end_at_once(r);
		if (n > 0 && p[1].revents &&
		    read(signal_fd, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
			grace = deadline_in_ms(CANCEL_GRACE_MS);
			interrupt(r);
		}
	}
}

// nohup: a blocked signal would be delivered though it is ignored.
static bool
hangup_is_ignored(void)
{
	struct sigaction sa;

	return sigaction(SIGHUP, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN;
}

static int
run_threads(struct render *r)
{
	cleanup_close int signal_fd = signals_open(hangup_is_ignored() ? 0 : SIGHUP);
	struct err err = ERR_INIT;
	pthread_t thread;

	r->done_fd = eventfd(0, EFD_CLOEXEC);
	if (signal_fd < 0 || r->done_fd < 0 ||
	    thread_start(&thread, "riptide-job", 0, job_thread, r) != 0) {
		err_set(&err, ERR_INTERNAL, "no thread for the job");
		return cli_error(&err);
	}
	wait_for_end(r, signal_fd);
	pthread_join(thread, NULL);
	util_closep(&r->done_fd);
	return atomic_load(&r->interrupted) ? EXIT_INTERRUPTED : r->code;
}

// --- before ---

static int
read_state(struct render *r, struct err *err)
{
	const char *path = r->args->session_state;
	int rc;

	if (!path || (access(path, F_OK) != 0 && errno == ENOENT))
		return 0;
	rc = cli_read_json_file(path, &r->state_in, err);
	if (rc != 0)
		return rc;
	return cdp_state_check(r->state_in, err) == 0 ? 0 : cli_name_file(err, path);
}

// What only the service has.
static int
check_for_cli(const struct render_args *a, const struct request *q, struct err *err)
{
	if (a->session_state && q->engine == ENGINE_FETCH)
		return err_set(err, ERR_USAGE,
		    "--session-state needs a browser; with --engine fetch use --cookie");
	if (q->session_id)
		return err_at(err, ERR_INVALID_REQUEST, "session_id",
		    "sessions live in the service (riptide serve); here use --session-state FILE");
	if (q->detach)
		return err_at(err, ERR_INVALID_REQUEST, "detach", "goes with the service only");
	return 0;
}

// A request that was never admitted answers with a bare error.
static int
refuse(const struct render *r, const struct err *err)
{
	cJSON *answer;

	if (r->format == FORMAT_JSON && !r->args->output) {
		answer = json_obj();
		json_set(answer, "error", error_object(err, NULL));
		(void)cli_print_json(answer);
		cJSON_Delete(answer);
	}
	return cli_error(err);
}

int
render_execute(const struct render_args *a, cJSON *req, enum out_format dflt)
{
	struct render r = {
	    .args = a,
	    .format = a->format == FORMAT_DEFAULT ? dflt : (enum out_format)a->format,
	    .lock = PTHREAD_MUTEX_INITIALIZER,
	    .done_fd = -1,
	};
	struct err err = ERR_INIT;
	int rc, code;

	log_init((enum log_level)a->log_level, (enum log_format)a->log_format, "riptide");
	for (int i = 0; i < OUT_COUNT; i++)
		r.out[i] = (struct output)OUTPUT_INIT;
	rc = request_from_json(req, &r.req, &err);
	if (rc == 0)
		rc = check_for_cli(a, r.req, &err);
	if (rc == 0)
		rc = read_state(&r, &err);
	if (rc == 0)
		rc = render_open_outputs(&r, &err);
	code = rc == 0 ? run_threads(&r) : refuse(&r, &err);
	render_close_outputs(&r);
	cJSON_Delete(r.state_in);
	request_free(r.req);
	return code;
}
