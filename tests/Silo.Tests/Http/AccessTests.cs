using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Orchestrator.Client;
using Orchestrator.Contracts.Api;
using Orchestrator.Silo.Http.Access;

namespace Orchestrator.Silo.Tests.Http;

/// <summary>Who may: everything is closed but what a line opens, and a browser's session is as good as the token it was begun with.</summary>
public sealed class AccessTests
{
    private const string Token = "a secret of this test";

    [Fact]
    public async Task Without_the_token_every_endpoint_of_the_document_is_closed_but_the_open_ones()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null, token: Token);
        using var nobody = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        var document = JsonNode.Parse(await nobody.GetStringAsync("openapi/v1.json", Cancellation))!;
        string[] open = ["/health/live", "/health/ready", "/api/v1/session"];
        var asked = 0;
        foreach (var (path, methods) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in methods!.AsObject())
            {
                Assert.True((open.Contains(path) && (path, method) != ("/api/v1/session", "post")) == (operation!["responses"]!["401"] is null) && open.Contains(path) == (operation["security"] is null or JsonArray { Count: 0 }), $"{method} {path}: the document says otherwise who may ask");
                Assert.True(operation["summary"] is not null, $"{method} {path} does not say what it does");
                Assert.All(operation["parameters"]?.AsArray() ?? [], parameter => Assert.True(parameter!["description"] is not null, $"{method} {path} does not say what '{parameter["name"]}' means"));
                Assert.Equal("#/components/responses/429", (string?)operation["responses"]!["429"]!["$ref"]);
                if ((path, method) == ("/api/v1/session", "post"))
                {
                    continue; // where the token is given; it has a test of its own
                }
                var address = path.Replace("{layer}.{head}", "0.0", StringComparison.Ordinal).Replace("{id}", "last", StringComparison.Ordinal).Replace("{sha256}", new string('0', 64), StringComparison.Ordinal);
                using var request = new HttpRequestMessage(HttpMethod.Parse(method), address[1..]);
                using var answer = await nobody.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
                Assert.True(open.Contains(path) == (answer.StatusCode != HttpStatusCode.Unauthorized), $"{method} {path}: {answer.StatusCode}");
                asked++;
            }
        }
        Assert.True(asked > 25);
        Assert.Equal("#/components/schemas/ProblemDetails", (string?)document["components"]!["responses"]!["429"]!["content"]!["application/problem+json"]!["schema"]!["$ref"]);
        Assert.NotNull(document["components"]!["schemas"]!["ProblemDetails"]!["properties"]!["detail"]);
        string[] Required(string schema) => [.. document["components"]!["schemas"]![schema]!["required"]!.AsArray().Select(member => (string)member!).Order(StringComparer.Ordinal)];
        Assert.Equal(["high", "low", "mean", "n"], Required("LargestEstimate")); // and 'null' where there is one
        Assert.Contains("lost", Required("RunCounts"));
        Assert.Equal(["session", "token"], document["components"]!["securitySchemes"]!.AsObject().Select(scheme => scheme.Key).Order());
        Assert.Equal(
            ["#/components/schemas/Table", "#/components/schemas/SweepResult"],
            document["paths"]!["/api/v1/sweeps/{id}/heads"]!["get"]!["responses"]!["200"]!["content"]!["application/json"]!["schema"]!["anyOf"]!.AsArray().Select(shape => (string?)shape!["$ref"]));
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.GetAsync("api/v1/nothing", Cancellation)).StatusCode); // not even whether there is such an address
    }

    [Theory]
    [InlineData("Bearer a secret of this test", HttpStatusCode.OK)]
    [InlineData("bearer a secret of this test", HttpStatusCode.OK)]
    [InlineData("Bearer a secret of this tesT", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer", HttpStatusCode.Unauthorized)]
    [InlineData("Basic a secret of this test", HttpStatusCode.Unauthorized)]
    public async Task The_token_opens_and_nothing_like_it_does(string header, HttpStatusCode expected)
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null, token: Token);
        Assert.Equal(expected, await Ask(cluster, "api/v1/sweeps", ("Authorization", header)));
    }

    [Fact]
    public async Task A_session_is_begun_with_the_token_alone_and_its_cookie_is_out_of_reach_of_scripts_and_other_sites()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null, token: Token);
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        Assert.Equal(new Session(true, false), await http.GetFromJsonAsync<Session>("api/v1/session", Contracts.Json.Options, Cancellation));
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsJsonAsync("api/v1/session", new { token = "another" }, Cancellation)).StatusCode);

        using var begun = await http.PostAsJsonAsync("api/v1/session", new { token = Token }, Cancellation);

        Assert.Equal(HttpStatusCode.NoContent, begun.StatusCode);
        var cookie = Assert.Single(begun.Headers.GetValues("Set-Cookie"));
        foreach (var rule in new[] { "httponly", "samesite=strict", "path=/", "max-age=43200" })
        {
            Assert.Contains(rule, cookie, StringComparison.OrdinalIgnoreCase);
        }
        Assert.DoesNotContain(Token, cookie, StringComparison.Ordinal);
        var value = cookie.Split(';')[0];
        Assert.Equal(HttpStatusCode.OK, await Ask(cluster, "api/v1/sweeps", ("Cookie", value)));
        // Neither another signature nor a longer life.
        Assert.Equal(HttpStatusCode.Unauthorized, await Ask(cluster, "api/v1/sweeps", ("Cookie", value[..^1] + (value[^1] == '0' ? '1' : '0'))));
        Assert.Equal(HttpStatusCode.Unauthorized, await Ask(cluster, "api/v1/sweeps", ("Cookie", value.Replace("session=1", "session=2", StringComparison.Ordinal))));
        Assert.Equal(HttpStatusCode.Unauthorized, await Ask(cluster, "api/v1/sweeps", ("Cookie", "orchestrator_session=1.00")));
    }

    [Fact]
    public async Task A_token_with_a_scope_allows_that_much_until_it_is_revoked_and_its_sessions_end_with_it()
    {
        using var folder = new TestFolder();
        using var kept = new TestFolder();
        var book = new TokenBook(Path.Combine(kept.Path, "tokens.json"));
        var (reader, submitter) = (book.Create("reader", TokenScope.Read, DateTimeOffset.UnixEpoch), book.Create("submitter", TokenScope.Submit, DateTimeOffset.UnixEpoch));
        await using var cluster = await EmbeddedCluster.Start(folder, null, tokens: new TokenBook(book.Path));
        Assert.DoesNotContain(reader, await File.ReadAllTextAsync(book.Path, Cancellation), StringComparison.Ordinal); // hashes alone
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(book.Path));
        }
        Assert.Equal(HttpStatusCode.Unauthorized, await Ask(cluster, "api/v1/sweeps", ("Authorization", "Bearer orc_0")));

        var reading = new OrchestratorClient(OrchestratorClient.CreateHttp(cluster.Client.Address, reader));
        Assert.Empty(await reading.ListSweeps(Cancellation));
        await reading.Plan(TestSweeps.Document(), Cancellation);
        var refused = await Assert.ThrowsAsync<ServerErrorException>(() => reading.Submit(TestSweeps.Document(), Cancellation));
        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
        Assert.Contains("'reader' has the scope read, and this takes submit", refused.Message, StringComparison.Ordinal);
        var submitting = new OrchestratorClient(OrchestratorClient.CreateHttp(cluster.Client.Address, submitter));
        Assert.True((await submitting.Submit(TestSweeps.Document(), Cancellation)).Created);

        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        using var begun = await http.PostAsJsonAsync("api/v1/session", new { token = reader }, Cancellation);
        var cookie = begun.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        Assert.Equal(HttpStatusCode.OK, await Ask(cluster, "api/v1/sweeps", ("Cookie", cookie)));
        // A session of one token is none of another.
        Assert.Equal(HttpStatusCode.Unauthorized, await Ask(cluster, "api/v1/sweeps", ("Cookie", cookie.Replace(".reader.", ".submitter.", StringComparison.Ordinal))));

        Assert.True(book.Revoke("reader"));
        Assert.False(book.Revoke("reader"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Assert.ThrowsAsync<ServerErrorException>(() => reading.ListSweeps(Cancellation))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, await Ask(cluster, "api/v1/sweeps", ("Cookie", cookie)));
        Assert.NotEmpty(await submitting.ListSweeps(Cancellation));
        Assert.Throws<ArgumentException>(() => book.Create("submitter", TokenScope.Read, DateTimeOffset.UnixEpoch));
        Assert.Throws<ArgumentException>(() => book.Create("No Name", TokenScope.Read, DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public async Task Whoever_reads_the_hashes_makes_no_session_of_them()
    {
        using var folder = new TestFolder();
        using var kept = new TestFolder();
        var book = new TokenBook(Path.Combine(kept.Path, "tokens.json"));
        book.Create("admin", TokenScope.Admin, DateTimeOffset.UnixEpoch);
        await using var cluster = await EmbeddedCluster.Start(folder, null, tokens: book);
        var hash = Encoding.UTF8.GetBytes(book.Entries()[0].Sha256);
        var until = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds();
        foreach (var said in new[] { $"{until}.admin", $"{until}.admin.00" })
        {
            foreach (var signed in new[] { $"session {said}", $"{said}.{book.Entries()[0].Sha256}" })
            {
                var forged = Convert.ToHexStringLower(HMACSHA256.HashData(hash, Encoding.UTF8.GetBytes(signed)));
                Assert.Equal(HttpStatusCode.Unauthorized, await Ask(cluster, "api/v1/sweeps", ("Cookie", $"orchestrator_session={said}.{forged}")));
            }
        }
    }

    [Fact]
    public void A_session_holds_for_twelve_hours_at_most_at_every_silo_of_a_cluster_and_elsewhere_in_its_process_alone()
    {
        var access = HttpAccess.Parse("http://127.0.0.1:5080", Token);
        var (now, shared) = (new Clock(DateTimeOffset.UnixEpoch.AddDays(1)), new ControlPlanePlace("here", Shared: true));
        var grant = new Grant("", TokenScope.Admin, TokenBook.Hash(Token));
        var cookie = new SessionBook(access, shared, now).Begin(grant);
        Assert.Equal(grant, new SessionBook(access, shared, now).Find(cookie));
        Assert.Null(new SessionBook(access, shared, new Clock(now.Now.AddHours(12))).Find(cookie));
        Assert.Null(new SessionBook(access, shared, new Clock(now.Now.AddMinutes(-1))).Find(cookie)); // of more than twelve hours
        Assert.Null(new SessionBook(HttpAccess.Parse("http://127.0.0.1:5080", "another"), shared, now).Find(cookie));
        Assert.Null(new SessionBook(access, new ControlPlanePlace("here", Shared: false), now).Find(cookie));
    }

    [Fact]
    public async Task A_session_that_was_ended_is_none_whoever_kept_its_cookie()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null, token: Token);
        var cookies = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
            using var begun = await http.PostAsJsonAsync("api/v1/session", new { token = Token }, Cancellation);
            cookies.Add(begun.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        }
        using var end = new HttpRequestMessage(HttpMethod.Delete, "api/v1/session");
        end.Headers.TryAddWithoutValidation("Cookie", cookies[0]);
        using var another = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        Assert.Equal(HttpStatusCode.NoContent, (await another.SendAsync(end, Cancellation)).StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, await Ask(cluster, "api/v1/sweeps", ("Cookie", cookies[0])));
        Assert.Equal(HttpStatusCode.OK, await Ask(cluster, "api/v1/sweeps", ("Cookie", cookies[1]))); // another browser's
    }

    [Fact]
    public async Task A_running_server_wants_a_token_from_when_the_first_is_made()
    {
        using var folder = new TestFolder();
        using var kept = new TestFolder();
        var path = Path.Combine(kept.Path, "tokens.json");
        await using var cluster = await EmbeddedCluster.Start(folder, null, tokens: new TokenBook(path, onceMade: true));
        Assert.Equal(HttpStatusCode.OK, await Ask(cluster, "api/v1/sweeps", ("Accept", "*/*")));

        var token = new TokenBook(path).Create("laptop", TokenScope.Read, DateTimeOffset.UnixEpoch);

        Assert.Equal(HttpStatusCode.Unauthorized, await Ask(cluster, "api/v1/sweeps", ("Accept", "*/*")));
        Assert.Equal(HttpStatusCode.OK, await Ask(cluster, "api/v1/sweeps", ("Authorization", $"Bearer {token}")));
        File.Delete(path);
        Assert.Equal(HttpStatusCode.Unauthorized, await Ask(cluster, "api/v1/sweeps", ("Accept", "*/*"))); // nobody opens a server by that
    }

    [Fact]
    public async Task Every_answer_says_what_a_browser_may_do_with_it()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        foreach (var path in new[] { "", "sweeps/x", "runs/x/heads/1.0", "api/v1/sweeps", "api/v1/nothing", "openapi/v1.json" })
        {
            using var answer = await http.GetAsync(path, Cancellation);
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("script-src 'self'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("script-src 'self' 'unsafe-inline'", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("DENY", Assert.Single(answer.Headers.GetValues("X-Frame-Options")));
        }
    }

    [Fact]
    public async Task The_page_answers_at_the_address_of_every_view_and_no_mistyped_address_of_the_api_gets_html()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        foreach (var view in new[] { "", "sweeps/x/heads", "runs/x/heads/1.0", "query?sql=select%201" })
        {
            using var answer = await http.GetAsync(view, Cancellation);
            Assert.Equal((HttpStatusCode.OK, "text/html"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        }
        using var mistyped = await http.GetAsync("api/v1/sweep", Cancellation);
        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (mistyped.StatusCode, mistyped.Content.Headers.ContentType?.MediaType));
        foreach (var path in new[] { "assets/..%2f..%2findex.html", "assets/%2e%2e/orchestrator.db", "assets/nothing.js" })
        {
            using var answer = await http.GetAsync(path, Cancellation);
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound || answer.Content.Headers.ContentType?.MediaType == "text/html", path); // the page, or nothing
        }
    }

    [Fact]
    public async Task A_missing_body_and_a_cursor_past_all_numbers_are_told_in_words()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        var sweep = (await cluster.Client.Submit(TestSweeps.Document(), Cancellation)).Id;

        using var bare = await http.PostAsync($"api/v1/sweeps/{sweep}/measure", null, Cancellation);
        using var far = await http.GetAsync($"api/v1/sweeps/{sweep}/runs?after=2147483647&limit=1000", Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, bare.StatusCode);
        Assert.Contains("The body is missing", await bare.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, far.StatusCode);
        Assert.Contains("is no cursor", await far.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_is_written_against_the_api_as_it_is()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        var served = (await http.GetStringAsync("openapi/v1.json", Cancellation)).ReplaceLineEndings("\n").TrimEnd() + "\n";
        var path = Path.Combine(Repository.Root, "src", "Dashboard", "openapi.json");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDENS") == "1")
        {
            await File.WriteAllTextAsync(path, served, Cancellation);
        }
        Assert.True(served == (await File.ReadAllTextAsync(path, Cancellation)).ReplaceLineEndings("\n").TrimEnd() + "\n", "src/Dashboard/openapi.json is stale: run this test with UPDATE_GOLDENS=1, then build the page and see whether its types still fit");
    }

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<HttpStatusCode> Ask(EmbeddedCluster cluster, string path, (string Name, string Value) header)
    {
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        using var answer = await http.SendAsync(request, Cancellation);
        return answer.StatusCode;
    }
}
