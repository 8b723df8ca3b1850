#define _GNU_SOURCE
#include "CCurl.h"
#include <linux/tcp.h>
#include <locale.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

static locale_t utf8;

static void make_utf8(void) {
    utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

CURLUcode ccurl_ascii_text(CURLU *url, char **text) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_utf8);
    locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
    CURLUcode code = curl_url_get(url, CURLUPART_URL, text, CURLU_PUNYCODE);
    if (before) uselocale(before);
    return code;
}

int ccurl_memory_file(const char *name) {
    return memfd_create(name, MFD_CLOEXEC);
}

long long ccurl_received(int socket) {
    struct tcp_info info = {0};
    socklen_t length = sizeof info;
    // IPPROTO_TCP, whose header does not go with linux/tcp.h.
    if (getsockopt(socket, 6, TCP_INFO, &info, &length) != 0) return -1;
    if (length < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received) return -1;
    return (long long)info.tcpi_bytes_received;
}

int ccurl_epoll(void) {
    return epoll_create1(EPOLL_CLOEXEC);
}

int ccurl_epoll_watch(int epoll, int descriptor, int wanted) {
    struct epoll_event event = {.events = 0, .data.fd = descriptor};
    if (wanted & CURL_POLL_IN) event.events |= EPOLLIN;
    if (wanted & CURL_POLL_OUT) event.events |= EPOLLOUT;
    if (wanted == 0) return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &event);
    int result = epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event);
    // A number that is new here, or that the system has given to a new socket since.
    if (result != 0 && errno == ENOENT) result = epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
    return result;
}

int ccurl_epoll_wait(int epoll, ccurl_event *events, int room, int milliseconds) {
    struct epoll_event ready[256];
    int count = epoll_wait(epoll, ready, room < 256 ? room : 256, milliseconds);
    for (int i = 0; i < count; i++) {
        uint32_t flags = ready[i].events;
        events[i].descriptor = ready[i].data.fd;
        events[i].happened = (flags & (EPOLLIN | EPOLLHUP | EPOLLRDHUP) ? CURL_CSELECT_IN : 0) |
                             (flags & EPOLLOUT ? CURL_CSELECT_OUT : 0) | (flags & EPOLLERR ? CURL_CSELECT_ERR : 0);
    }
    return count < 0 ? 0 : count;
}

int ccurl_bell(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void ccurl_bell_ring(int bell) {
    (void)eventfd_write(bell, 1);
}

void ccurl_bell_silence(int bell) {
    eventfd_t count;
    (void)eventfd_read(bell, &count);
}

void ccurl_settle_thread(const char *name) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    pthread_setname_np(pthread_self(), name);
}
