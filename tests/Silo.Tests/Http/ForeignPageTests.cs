using System.Net;
using Orchestrator.Client;

namespace Orchestrator.Silo.Tests.Http;

/// <summary>What a web page of somebody else can do with a server on this machine: nothing.</summary>
public sealed class ForeignPageTests
{
    [Theory]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("LOCALHOST", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    [InlineData("[::1]", HttpStatusCode.OK)]
    [InlineData("evil.example", HttpStatusCode.Forbidden)]
    [InlineData("127.0.0.1.evil.example", HttpStatusCode.Forbidden)]
    [InlineData("localhost.evil.example", HttpStatusCode.Forbidden)]
    [InlineData("192.168.1.1", HttpStatusCode.Forbidden)]
    public async Task An_open_server_answers_to_names_of_its_machine_alone(string host, HttpStatusCode expected)
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        Assert.Equal(expected, await Ask(cluster, HttpMethod.Get, "/api/v1/sweeps", ("Host", $"{host}:{cluster.Client.Address.Port}")));
        Assert.Equal(HttpStatusCode.OK, await Ask(cluster, HttpMethod.Get, "/health/live", ("Host", host)));
    }

    [Fact]
    public async Task A_token_opens_a_local_server_to_no_other_name()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null, token: "secret");
        Assert.Empty(await cluster.Client.ListSweeps(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.Forbidden, await Ask(cluster, HttpMethod.Get, "/api/v1/sweeps", ("Host", "evil.example")));
    }

    [Fact]
    public void Localhost_is_every_loopback_address_of_this_machine()
    {
        var both = HttpAccess.Parse("http://localhost:5080", null);
        Assert.True(both.IsLocal);
        Assert.Contains(IPAddress.Loopback, both.Addresses);
        Assert.All(both.Addresses, address => Assert.Contains(address, new[] { IPAddress.Loopback, IPAddress.IPv6Loopback }));
        Assert.False(HttpAccess.Parse("http://0.0.0.0:5080", "secret").IsLocal);
    }

    [Fact]
    public async Task A_page_of_another_origin_changes_nothing()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        var sweep = (await cluster.Client.Submit(TestSweeps.Document(), TestContext.Current.CancellationToken)).Id;
        var port = cluster.Client.Address.Port;
        foreach (var origin in new[] { "http://evil.example", "null", $"https://127.0.0.1:{port}", $"http://127.0.0.1:{port + 1}", $"http://localhost:{port}", "nonsense" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, await Ask(cluster, HttpMethod.Post, $"/api/v1/sweeps/{sweep}/cancel", ("Origin", origin)));
        }
        foreach (var site in new[] { "cross-site", "Cross-Site", "same-site", "SAME-SITE" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, await Ask(cluster, HttpMethod.Post, $"/api/v1/sweeps/{sweep}/cancel", ("Sec-Fetch-Site", site)));
        }
        Assert.Equal(0, (await cluster.Client.GetSweep(sweep, TestContext.Current.CancellationToken)).Sweep.Runs.Cancelled);

        Assert.Equal(HttpStatusCode.OK, await Ask(cluster, HttpMethod.Post, $"/api/v1/sweeps/{sweep}/cancel", ("Origin", $"http://127.0.0.1:{port}")));
    }

    [Fact]
    public async Task A_page_of_another_origin_reads_nothing_and_may_link_to_the_views()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null);
        var own = $"http://127.0.0.1:{cluster.Client.Address.Port}";
        foreach (var path in new[] { "/api/v1/query?sql=select%201", "/API/v1/sweeps", "/api/v1/session", "/mcp", "/openapi/v1.json", "/" })
        {
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head, HttpMethod.Options })
            {
                foreach (var headers in new (string, string)[][]
                {
                    [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image")], [("Sec-Fetch-Site", "same-site")], [("Sec-Fetch-Site", "Cross-Site")],
                    [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")], [("Origin", "http://evil.example")], [("Origin", "null")],
                })
                {
                    Assert.Equal((path, HttpStatusCode.Forbidden), (path, await Ask(cluster, method, path, headers)));
                }
            }
        }
        (string, string)[] link = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")];
        Assert.Equal(HttpStatusCode.OK, await Ask(cluster, HttpMethod.Get, "/sweeps/x", link));
        Assert.Equal(HttpStatusCode.Forbidden, await Ask(cluster, HttpMethod.Get, "/api/v1/query?sql=select%201", link));
        Assert.Equal(HttpStatusCode.Forbidden, await Ask(cluster, HttpMethod.Post, "/sweeps/x", link));
        foreach (var headers in new (string, string)[][] { [], [("Sec-Fetch-Site", "same-origin")], [("Sec-Fetch-Site", "none")], [("Origin", own)] })
        {
            Assert.Equal(HttpStatusCode.OK, await Ask(cluster, HttpMethod.Get, "/api/v1/sweeps", headers));
        }
    }

    [Fact]
    public async Task The_page_of_a_proxy_that_was_named_is_the_servers_own()
    {
        using var folder = new TestFolder();
        await using var cluster = await EmbeddedCluster.Start(folder, null, token: "secret", publicUrl: new Uri("https://orch.example.com"));
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        foreach (var (origin, host, expected) in new[]
        {
            ("https://orch.example.com", "orch.example.com", HttpStatusCode.NoContent), ("https://orch.example.com", "127.0.0.1", HttpStatusCode.NoContent), ("https://orch.example.com:444", "orch.example.com", HttpStatusCode.Forbidden),
            ("https://evil.example", "orch.example.com", HttpStatusCode.Forbidden), ("https://evil.example", "evil.example", HttpStatusCode.Forbidden),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/session") { Content = System.Net.Http.Json.JsonContent.Create(new { token = "secret" }) };
            request.Headers.TryAddWithoutValidation("Origin", origin);
            request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", "https");
            request.Headers.TryAddWithoutValidation("X-Forwarded-Host", "evil.example");
            request.Headers.Host = host;
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((origin, host, expected), (origin, host, answer.StatusCode));
            if (expected == HttpStatusCode.NoContent)
            {
                Assert.Contains("secure", Assert.Single(answer.Headers.GetValues("Set-Cookie")), StringComparison.OrdinalIgnoreCase);
            }
        }
        Assert.Throws<ArgumentException>(() => HttpAccess.Parse("http://127.0.0.1:5080", null, publicUrl: "https://orch.example.com")); // a proxy would open it to everybody
        Assert.Throws<ArgumentException>(() => HttpAccess.Parse("http://127.0.0.1:5080", "secret", publicUrl: "https://orch.example.com/path"));
        Assert.Throws<ArgumentException>(() => HttpAccess.Parse("http://127.0.0.1:5080", "secret", publicUrl: "orch.example.com"));
    }

    private static async Task<HttpStatusCode> Ask(EmbeddedCluster cluster, HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
