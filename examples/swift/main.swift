// Signs in and prints the balance. Custom scalars are String in generated code: amounts must not become Double.
import Apollo
import Foundation
import FundAPI

let client = ApolloClient(url: URL(string: CommandLine.arguments[1])!)
let input = FundAPI.SignInInput(
  username: CommandLine.arguments[2],
  loginPassword: CommandLine.arguments[3],
  queryPassword: .some(CommandLine.arguments[4])
)

client.perform(mutation: FundAPI.SignInMutation(input: input)) { result in
  guard let token = try? result.get().data?.signIn.session?.accessToken else { exit(1) }
  let store = ApolloStore()
  let transport = RequestChainNetworkTransport(
    interceptorProvider: DefaultInterceptorProvider(store: store),
    endpointURL: URL(string: CommandLine.arguments[1])!,
    additionalHeaders: ["Authorization": "Bearer \(token)"]
  )
  ApolloClient(networkTransport: transport, store: store).fetch(query: FundAPI.AccountInfoQuery()) { result in
    print((try? result.get().data?.me?.account?.balance?.total) ?? "nothing")
    exit(0)
  }
}
RunLoop.main.run()
