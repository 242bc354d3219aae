using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Client;

namespace Orchestrator.Silo.Tests.Http;

/// <summary>Every endpoint, found by its own description, under values that nobody should send: a mistake of the client is never a failure of the server.</summary>
public sealed class HostileRequestTests
{
    // Without %00: a path with it is refused by the web server before anybody sees it.
    private static readonly string[] Values =
        ["-1", "0", "99999999999999999999", "-1.0", "1.-1", "last", "x", "%2e%2e%2f", "%ff%fe", "ä", "a'b\"c", "%0d%0a", new string('a', 2000), "%F0%9F%98%80", "null", "{}", "*"];
    private static readonly string[] Queries =
    [
        "at=-1", "at=1e9", "at=%00", "at=all&group_by=layer", "at=last&at=first", "group_by=seed,seed", "group_by=", "group_by=,", "group_by=%00", "group_by=a,b,c",
        "where=", "where=(", "where=%00", "where=seed/0", "where=1/0>nan", "where=seed in ()", "where=unknown>1", "where=" + "not ".Length + "(((((((((((((((((1", "x=y", "%00=1", "group_by=layer&where=head",
    ];
    private static readonly string[] Bodies =
    [
        "", "{}", "null", "[]", "[null]", "1", "\"x\"", "{\"document\":null}", "{\"document\":1}", "{\"document\":{}}", "{\"document\":{\"name\":null}}", "{\"measures\":[null]}", "{\"measures\":null}",
        "{\"measures\":[1]}", "{\"measures\":{}}", "{", "\u0000", "{\"document\":{\"model\":" + new string('[', 200) + new string(']', 200) + "}}", "{\"document\":{\"seeds\":[1e400]}}", "{\"document\":{\"a\":1,\"a\":2}}",
    ];

    [Fact]
    public async Task No_request_makes_the_server_fail_and_every_refusal_is_a_problem_document()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, new ScriptedRunner());
        var stop = TestContext.Current.CancellationToken;
        var sweep = (await cluster.Client.Submit(TestSweeps.Document(), stop)).Id;
        await cluster.Client.Ended(sweep);
        var run = (await cluster.Client.ListRuns(sweep, stop))[0].Id;
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        var endpoints = cluster.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().ToArray();
        Assert.True(endpoints.Length > 15, "the endpoints were not found");

        foreach (var endpoint in endpoints.Where(endpoint => endpoint.RoutePattern.RawText != "/api/v1/events")) // takes nothing, and has no end
        {
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                foreach (var (path, body) in Requests(endpoint.RoutePattern, method, name => Known(endpoint.RoutePattern, name)))
                {
                    await Refused(http, method, path, body);
                }
            }
        }
        foreach (var method in new[] { "GET", "HEAD", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE" })
        {
            await Refused(http, method, "/api/v1/nothing", null);
            await Refused(http, method, "/api/v1/sweeps", null);
        }

        // What exists, so that the values of queries and bodies are looked at.
        string Known(RoutePattern pattern, string name) => name != "id" ? "0" : pattern.RawText!.Contains("/runs/", StringComparison.Ordinal) ? run : sweep;
    }

    [Fact]
    public async Task A_body_that_is_no_json_of_utf_8_or_says_so_is_the_clients_mistake()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        var sweep = (await cluster.Client.Submit(TestSweeps.Document(), TestContext.Current.CancellationToken)).Id;
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        var document = TestSweeps.Document().ToJsonString();
        byte[][] bodies =
        [
            [0xFF, 0xFE, 0x7B, 0x00], [.. "{\"document\":{\"name\":\""u8, 0xC3, 0x28, .. "\"}}"u8], [.. "{\"document\":{\""u8, 0xFF, .. "\":1}}"u8], [.. "{\"measures\":[\""u8, 0x80, .. "\"]}"u8],
            .. new[]
            {
                "{\"document\":{\"name\":\"\\ud800\"}}", "{\"document\":{\"\\udc00\":1}}", "{\"measures\":[\"\\ud800\"]}",
                $"{{\"document\":{document.Replace("\"name\":\"", "\"name\":\"\\udfff", StringComparison.Ordinal)}}}",
            }.Select(Encoding.UTF8.GetBytes),
        ];
        foreach (var (method, path) in new[] { ("POST", "/api/v1/sweeps"), ("POST", "/api/v1/plan"), ("POST", $"/api/v1/sweeps/{sweep}/measure"), ("POST", $"/api/v1/sweeps/{sweep}/cancel"), ("PUT", $"/api/v1/files/{new string('0', 64)}") })
        {
            foreach (var type in new[] { "application/json", "application/json; charset=utf-16", "application/json; charset=nonsense", "application/json; charset=utf-7", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded", "" })
            {
                foreach (var body in bodies)
                {
                    var content = new ByteArrayContent(body);
                    Assert.True(type.Length == 0 || content.Headers.TryAddWithoutValidation("Content-Type", type));
                    await Refused(http, method, path, content, $"{type} {Encoding.Latin1.GetString(body)}");
                }
            }
        }
    }

    [Theory]
    [InlineData("POST", "/api/v1/sweeps", "text/plain", 415)]
    [InlineData("POST", "/api/v1/sweeps", null, 400)]
    [InlineData("POST", "/api/v1/sweeps", "application/json; charset=utf-7", 415)]
    [InlineData("DELETE", "/api/v1/sweeps", null, 405)]
    [InlineData("PUT", "/api/v1/query", null, 405)]
    [InlineData("GET", "/mcp", null, 405)]
    [InlineData("POST", "/", null, 405)]
    [InlineData("DELETE", "/api/v1/nothing", null, 404)]
    [InlineData("GET", "/api", null, 404)]
    [InlineData("GET", "/metrics", null, 404)]
    [InlineData("GET", "/Metrics/x", null, 404)]
    [InlineData("GET", "/health/nothing", null, 404)]
    public async Task A_request_that_only_nearly_fits_is_told_what_is_wrong_with_it(string method, string path, string? type, int status)
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative)) { Content = type is null ? null : new ByteArrayContent([.. "{}"u8]) };
        request.Content?.Headers.TryAddWithoutValidation("Content-Type", type);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Every_endpoint_that_is_read_answers_head_as_it_answers_get()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        var sweep = (await cluster.Client.Submit(TestSweeps.Document(), TestContext.Current.CancellationToken)).Id;
        var run = (await cluster.Client.ListRuns(sweep, TestContext.Current.CancellationToken))[0].Id;
        var read = 0;
        foreach (var endpoint in cluster.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") == true && endpoint.RoutePattern.RawText != "/api/v1/events") // a stream without an end
            {
                var path = Path(endpoint.RoutePattern, name => name != "id" ? "0" : endpoint.RoutePattern.RawText!.Contains("/runs/", StringComparison.Ordinal) ? run : sweep);
                using var get = await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
                using var ask = new HttpRequestMessage(HttpMethod.Head, new Uri(path, UriKind.Relative));
                using var head = await http.SendAsync(ask, TestContext.Current.CancellationToken);
                Assert.Equal((path, get.StatusCode, get.Content.Headers.ContentType), (path, head.StatusCode, head.Content.Headers.ContentType));
                Assert.Empty(await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
                read++;
            }
        }
        Assert.True(read > 10, "the endpoints were not found");
    }

    [Theory]
    [InlineData("PUT /api/v1/files/0 HTTP/1.1", "Content-Length: 1073741825", 413)]
    [InlineData("POST /api/v1/sweeps HTTP/1.1", "Content-Length: 100", 408)] // comes too slowly
    [InlineData("POST /api/v1/sweeps HTTP/1.1", "Content-Length: 31000000", 413)]
    [InlineData("PUT /api/v1/files/0 HTTP/1.1", "Transfer-Encoding: chunked\r\n\r\nz", 400)]
    public async Task A_body_that_is_too_long_or_too_slow_or_torn_is_the_clients_mistake(string request, string header, int status)
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, cluster.Client.Address.Port, TestContext.Current.CancellationToken);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{request}\r\nHost: localhost\r\nContent-Type: application/json\r\n{header}\r\n\r\n{{"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_may_come_in_pieces_whose_length_nobody_said()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        http.DefaultRequestHeaders.TransferEncodingChunked = true;
        var name = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("to be"u8));
        using var answer = await http.PutAsync(new Uri($"/api/v1/files/{name}", UriKind.Relative), new ByteArrayContent([.. "to be"u8]), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(await cluster.Client.HasFile(name, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_text_above_the_limit_of_other_bodies_is_taken_and_a_document_above_it_is_refused()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        var text = new byte[31_000_000];
        Array.Fill(text, (byte)'a');
        var name = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(text));

        using var taken = await http.PutAsync(new Uri($"/api/v1/files/{name}", UriKind.Relative), new ByteArrayContent(text), TestContext.Current.CancellationToken);
        using var large = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/v1/sweeps", UriKind.Relative)) { Content = Json(new string(' ', 31_000_000)) };
        large.Headers.ExpectContinue = true; // or the answer comes while the body is still being sent
        using var refused = await http.SendAsync(large, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
    }

    private static IEnumerable<(string Path, string? Body)> Requests(RoutePattern pattern, string method, Func<string, string> known)
    {
        string?[] none = [null];
        var bodies = method is "POST" or "PUT" ? Bodies : none;
        foreach (var value in Values)
        {
            yield return (Path(pattern, _ => value), bodies[^1]);
        }
        foreach (var query in Queries)
        {
            yield return ($"{Path(pattern, known)}?{query}", bodies[0]);
        }
        foreach (var body in bodies.OfType<string>())
        {
            yield return (Path(pattern, known), body);
        }
    }

    private static string Path(RoutePattern pattern, Func<string, string> value) => "/" + string.Join('/', pattern.PathSegments.Select(segment =>
        string.Concat(segment.Parts.Select(part => part switch
        {
            RoutePatternLiteralPart literal => literal.Content,
            RoutePatternSeparatorPart separator => separator.Content,
            RoutePatternParameterPart parameter => value(parameter.Name),
            _ => throw new InvalidOperationException($"a part of a route of kind {part.PartKind}"),
        }))));

    private static Task Refused(HttpClient http, string method, string path, string? body) => Refused(http, method, path, body is null ? null : Json(body), body);

    private static async Task Refused(HttpClient http, string method, string path, HttpContent? content, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative)) { Content = content };
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream"); // what an assistant must send to be listened to
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var said = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var what = $"{method} {path[..Math.Min(80, path.Length)]} {body?[..Math.Min(60, body.Length)]}: {(int)answer.StatusCode} {said[..Math.Min(200, said.Length)]}";
        Assert.True((int)answer.StatusCode < 500, what);
        Assert.False(said.Contains("   at ", StringComparison.Ordinal), what);
        if ((int)answer.StatusCode >= 400 && method != "HEAD")
        {
            var problem = JsonDocument.Parse(said).RootElement;
            if (problem.TryGetProperty("jsonrpc", out _) && path.StartsWith("/mcp", StringComparison.Ordinal))
            {
                Assert.NotEmpty(problem.GetProperty("error").GetProperty("message").GetString()!); // the protocol of assistants has words of its own
                return;
            }
            Assert.True(answer.Content.Headers.ContentType?.MediaType == "application/problem+json", what);
            Assert.Equal((int)answer.StatusCode, problem.GetProperty("status").GetInt32());
        }
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
}
