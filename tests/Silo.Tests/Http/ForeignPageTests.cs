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

    private static async Task<HttpStatusCode> Ask(EmbeddedCluster cluster, HttpMethod method, string path, (string Name, string Value) header)
    {
        using var http = OrchestratorClient.CreateHttp(cluster.Client.Address, null);
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
