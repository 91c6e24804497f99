/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The agent as a process of the host, for tests, fuzzing and sanitizers.
 *
 *     airloop-agent --tcp HOST:PORT       listen there, serve one peer; PORT 0 takes a free one
 *     airloop-agent --connect HOST:PORT   connect there
 *     airloop-agent --pty                 serve a pseudo terminal
 *     airloop-agent --stdio               serve standard input and output
 *
 * The first line on standard output says where to connect: "tcp HOST:PORT" or "pty PATH". The
 * process ends when its peer goes away, when its parent does, and on SIGTERM.
 */
#define _GNU_SOURCE

#include "ports/port.h"
#include "agent/agent.h"
#include "ports/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PARENT_CHECK_MS 500

/** The two ends of the link, and whom not to outlive. */
static struct {
    int in;
    int out;
    pid_t parent;
    bool is_pty;   /**< a terminal that nobody has opened yet looks like one that was left */
    bool has_peer; /**< something came in */
} native = {.in = STDIN_FILENO, .out = STDOUT_FILENO};

const port_info_t *port_info(void)
{
    static const port_info_t INFO = {.name = "native"};
    return &INFO;
}

uint32_t port_overruns(void)
{
    return 0;
}

uint64_t port_ticks(void)
{
    return 0;
}

const loader_t *port_loader(void)
{
    return NULL;
}

bool port_model_flash(uint32_t latency_ticks, uint32_t ticks_per_kib)
{
    (void)latency_ticks;
    (void)ticks_per_kib;
    return false;
}

void port_trigger(bool is_running)
{
    (void)is_running;
}

/** Wait until `fd` has something to say. @return false when the parent is gone */
static bool wait_for(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    while (poll(&one, 1, PARENT_CHECK_MS) <= 0) {
        if (getppid() != native.parent) {
            return false;
        }
    }
    return true;
}

/** Whether a terminal says only that nobody has opened it so far. */
static bool is_still_unopened(ssize_t length)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    if (length < 0 && errno == EIO && native.is_pty && !native.has_peer &&
        getppid() == native.parent) {
        nanosleep(&pause, NULL);
        return true;
    }
    return false;
}

size_t port_read(uint8_t *bytes, size_t capacity)
{
    ssize_t length;
    do {
        if (!wait_for(native.in)) {
            return 0;
        }
        length = read(native.in, bytes, capacity);
    } while ((length < 0 && errno == EINTR) || is_still_unopened(length));
    native.has_peer = true;
    return length > 0 ? (size_t)length : 0;
}

void port_write(const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        const ssize_t sent = write(native.out, bytes, length);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) {
            exit(EXIT_SUCCESS); /* the peer is gone */
        }
        bytes += sent;
        length -= (size_t)sent;
    }
}

static _Noreturn void fail(const char *what)
{
    (void)fprintf(stderr, "airloop-agent: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

/** Pass on what was printed: who started this process waits for it. */
static void tell(void)
{
    if (fflush(stdout) != 0) {
        fail("standard output");
    }
}

/** Split HOST:PORT in place and look it up. */
static struct addrinfo *look_up(char *address, int flags)
{
    const struct addrinfo hints = {
        .ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *found;
    char *colon = strrchr(address, ':');
    if (colon == NULL) {
        errno = EINVAL;
        fail("expected HOST:PORT");
    }
    *colon = '\0';
    const int error = getaddrinfo(address, colon + 1, &hints, &found);
    if (error != 0) {
        (void)fprintf(stderr, "airloop-agent: %s: %s\n", address, gai_strerror(error));
        exit(EXIT_FAILURE);
    }
    return found;
}

static void use_socket(int fd)
{
    const int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    native.in = fd;
    native.out = fd;
}

static void announce_tcp(const char *host, int listener)
{
    struct sockaddr_in bound = {0};
    socklen_t length = sizeof bound;
    if (getsockname(listener, (struct sockaddr *)&bound, &length) != 0) {
        fail("getsockname");
    }
    printf("tcp %s:%u\n", host, (unsigned)ntohs(bound.sin_port));
    tell();
}

static void serve_tcp(char *address)
{
    const int yes = 1;
    struct addrinfo *found = look_up(address, AI_PASSIVE);
    const int listener = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (listener < 0 || bind(listener, found->ai_addr, found->ai_addrlen) != 0 ||
        listen(listener, 1) != 0) {
        fail("cannot listen");
    }
    freeaddrinfo(found);
    announce_tcp(address, listener);
    if (!wait_for(listener)) {
        exit(EXIT_SUCCESS);
    }
    const int fd = accept(listener, NULL, NULL);
    if (fd < 0) {
        fail("accept");
    }
    close(listener);
    use_socket(fd);
}

static void connect_tcp(char *address)
{
    struct addrinfo *found = look_up(address, 0);
    const int fd = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
        fail("cannot connect");
    }
    freeaddrinfo(found);
    use_socket(fd);
}

static void serve_pty(void)
{
    struct termios settings;
    const int fd = posix_openpt(O_RDWR | O_NOCTTY);
    if (fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0 || tcgetattr(fd, &settings) != 0) {
        fail("cannot open a pseudo terminal");
    }
    cfmakeraw(&settings);
    if (tcsetattr(fd, TCSANOW, &settings) != 0) {
        fail("cannot set the pseudo terminal up");
    }
    printf("pty %s\n", ptsname(fd));
    tell();
    native.in = fd;
    native.out = fd;
    native.is_pty = true;
}

static _Noreturn void explain(void)
{
    (void)fputs("usage: airloop-agent --tcp HOST:PORT | --connect HOST:PORT | --pty | --stdio\n",
                stderr);
    exit(2);
}

int main(int argc, char **argv)
{
    native.parent = getppid();
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
        fail("cannot ignore a broken pipe");
    }
    if (argc == 3 && strcmp(argv[1], "--tcp") == 0) {
        serve_tcp(argv[2]);
    } else if (argc == 3 && strcmp(argv[1], "--connect") == 0) {
        connect_tcp(argv[2]);
    } else if (argc == 2 && strcmp(argv[1], "--pty") == 0) {
        serve_pty();
    } else if (argc != 2 || strcmp(argv[1], "--stdio") != 0) {
        explain();
    }
    agent_run();
    return EXIT_SUCCESS;
}
