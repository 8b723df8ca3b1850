// libcurl as Swift can call it: its variadic functions once for each type of argument, and the union of its messages.
#ifndef CCURL_H
#define CCURL_H

#include <curl/curl.h>

static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_large(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_write(CURL *easy, CURLoption option, curl_write_callback value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_open_socket(CURL *easy, curl_opensocket_callback value) {
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, value);
}

static inline CURLcode ccurl_set_close_socket(CURL *easy, curl_closesocket_callback value) {
    return curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, value);
}

static inline CURLcode ccurl_set_progress(CURL *easy, curl_xferinfo_callback value) {
    return curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, value);
}

// How many bytes have ever come over a TCP connection (tcp(7), TCP_INFO); -1 when the system does not say.
long long ccurl_received(int socket);

// The one way to log in that is offered to proxies; libcurl's is a macro with a cast.
static const long ccurl_basic_login = (long)CURLAUTH_BASIC;

static inline CURLcode ccurl_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode ccurl_get_large(CURL *easy, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode ccurl_get_list(CURL *easy, CURLINFO info, struct curl_slist **value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode ccurl_get_private(CURL *easy, void **value) {
    return curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)value);
}

static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

static inline CURLMcode ccurl_multi_set_pointer(CURLM *multi, CURLMoption option, void *value) {
    return curl_multi_setopt(multi, option, value);
}

static inline CURLMcode ccurl_multi_set_socket(CURLM *multi, curl_socket_callback value) {
    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, value);
}

static inline CURLMcode ccurl_multi_set_timer(CURLM *multi, curl_multi_timer_callback value) {
    return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, value);
}

// The address itself, which for IPv6 is longer than the type of the field says.
static inline const struct sockaddr *ccurl_address(const struct curl_sockaddr *target) {
    return &target->addr;
}

static inline CURLcode ccurl_message_result(const CURLMsg *message) {
    return message->data.result;
}

// What has happened at one descriptor, with libcurl's CURL_CSELECT_ bits.
typedef struct {
    int descriptor;
    int happened;
} ccurl_event;

int ccurl_epoll(void);

// Waits for descriptors with CURL_POLL_ bits in `wanted`; 0 ends the waiting for it. Returns 0 or -1.
int ccurl_epoll_watch(int epoll, int descriptor, int wanted);

// Fills `events` and returns how many there are; -1 milliseconds wait without end. An interrupted wait returns 0.
int ccurl_epoll_wait(int epoll, ccurl_event *events, int room, int milliseconds);

// A bell for other threads: rung any number of times, silenced once. -1 when the system denies it.
int ccurl_bell(void);
void ccurl_bell_ring(int bell);
void ccurl_bell_silence(int bell);

// Names the calling thread and keeps all signals away from it: they are for the threads that expect them, and a broken pipe is
// an error code here.
void ccurl_settle_thread(const char *name);

// Where this libcurl looks for certificate authorities; NULL when it was built without a file.
static inline const char *ccurl_certificate_file(void) {
    return curl_version_info(CURLVERSION_NOW)->cainfo;
}

// Makes an empty file that lives in memory, or returns -1.
int ccurl_memory_file(const char *name);

// Reads a whole URL with its host in ASCII (IDNA). libidn2 reads names in the locale's character set, so the calling thread,
// and no other, is in a UTF-8 locale for the length of the call. (Asking for the host alone leaks when it is not valid.)
CURLUcode ccurl_ascii_text(CURLU *url, char **text);

#endif
